/** What a vendor makes of a token that it is shown. */
type Standing = 'good' | 'expired' | 'revoked' | 'unknown'

/** The book of a vendor's tokens: each one issued, and what has become of it. */
export interface Tokens {
  /** Enters a token that is good until `expiresAt`, ms since the Unix epoch. */
  enter(token: string, expiresAt: number): void
  standing(token: string | undefined): Standing
  /** Every token so far has run out, whatever its `exp` says. */
  expire(): void
  /** Every token so far is withdrawn. */
  revoke(): void
  /** A new secret: the tokens of the last one live until `limit` at most, those of older ones no more. */
  depose(limit: number): void
}

interface Entry {
  expiresAt: number
  deposed: boolean
  revoked: boolean
}

/** An empty book, which beyond its capacity forgets the oldest tokens first. */
export function tokens(now: () => number, capacity = 10_000): Tokens {
  const book = new Map<string, Entry>()

  return {
    enter(token, expiresAt) {
      book.set(token, { expiresAt, deposed: false, revoked: false })
      if (book.size > capacity) book.delete(book.keys().next().value as string)
    },
    standing(token) {
      const entry = token === undefined ? undefined : book.get(token)
      if (!entry) return 'unknown'
      if (entry.revoked) return 'revoked'
      return entry.expiresAt <= now() ? 'expired' : 'good'
    },
    expire() {
      for (const entry of book.values()) entry.expiresAt = Number.NEGATIVE_INFINITY
    },
    revoke() {
      for (const entry of book.values()) entry.revoked = true
    },
    depose(limit) {
      for (const entry of book.values()) {
        entry.revoked ||= entry.deposed
        entry.deposed = true
        entry.expiresAt = Math.min(entry.expiresAt, limit)
      }
    },
  }
}
