import type { AccessToken } from '@countersign/core'

interface Held {
  readonly header: string
  readonly expiresAt: number
}

/** The least that keeps a token: its expiry, one request at a time, and a refused one told from its successor. */
export interface Holder {
  peek(): Held | undefined
  renew(refused?: Held): Promise<Held>
}

export function holder(fetchToken: () => Promise<AccessToken>): Holder {
  let held: Held | undefined
  let pending: Promise<Held> | undefined

  async function fetchNext(): Promise<Held> {
    try {
      const { token, expiresAt = Infinity } = await fetchToken()
      held = { header: `Bearer ${token}`, expiresAt }
      return held
    } finally {
      pending = undefined
    }
  }

  const peek = () => (held && Date.now() < held.expiresAt ? held : undefined)
  return {
    peek,
    async renew(refused) {
      const current = peek()
      if (current && current !== refused) return current
      pending ??= fetchNext()
      return pending
    },
  }
}
