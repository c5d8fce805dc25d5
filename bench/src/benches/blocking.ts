import { setImmediate } from 'node:timers/promises'
import { signedFetch } from '@countersign/core'
import { hmac } from '@countersign/core/hmac'
import { epiHmac } from '@countersign/services/optimizelyDxp'
import type { Bench, Row, Scope, Table } from '../bench.ts'
import { median } from '../measure/stats.ts'
import { byHand } from '../signers/epi-hmac-node.ts'
import { KEY, requestsOf } from '../signers/requests.ts'
import type { Unsigned } from '../signers/signer.ts'
import { verifyEpiHmac } from '../signers/verify.ts'

const SIZE = 10 * 1024 * 1024

/** Sends nothing, and keeps the headers that would have gone out. */
function sink(): { fetch: typeof fetch; sent(): Record<string, string> } {
  let headers: Record<string, string> = {}
  return {
    async fetch(_, init) {
      headers = init?.headers as Record<string, string>
      return new Response(null)
    },
    sent: () => headers,
  }
}

type Send = (request: Unsigned) => Promise<Record<string, string>>

function oursOf(): Send {
  const { fetch, sent } = sink()
  const send = signedFetch(hmac(epiHmac({ key: KEY.id, secret: KEY.secret })), { fetch })
  return async ({ url, ...init }) => {
    await send(url, init)
    return sent()
  }
}

const WAYS: readonly { name: string; role: Row['role']; make(): Send }[] = [
  ...byHand.slice(0, 1).map(({ name, role, make }) => ({
    name,
    role,
    make: (): Send => async (request) => ({ ...(await make(KEY)(request)) }),
  })),
  { name: 'countersign: signedFetch(hmac())', role: 'ours', make: oursOf },
]

/** How long the event loop stood still at most while one request was signed, and how long it took. */
async function once(send: Send, request: Unsigned): Promise<{ longest: number; time: number }> {
  let done = false
  let longest = 0
  const began = performance.now()
  const sent = send(request).finally(() => {
    done = true
  })
  let last = began
  while (!done) {
    await setImmediate()
    const now = performance.now()
    longest = Math.max(longest, now - last)
    last = now
  }
  verifyEpiHmac(KEY, request, await sent)
  return { longest, time: last - began }
}

async function run({ quick }: Scope): Promise<readonly Table[]> {
  const tables: Table[] = []
  for (const kind of ['text', 'bytes'] as const) {
    const [request] = requestsOf(SIZE, kind) as [Unsigned]
    const rows: Row[] = []
    for (const { name, role, make } of WAYS) {
      const send = make()
      await once(send, request)
      const all = []
      for (let round = 0; round < (quick ? 3 : 15); round++) all.push(await once(send, request))
      const longest = median(all.map(({ longest }) => longest))
      rows.push({
        entry: name,
        role,
        values: { longest, time: median(all.map(({ time }) => time)) },
      })
    }
    tables.push({
      name: `blocking/${kind}`,
      about: `A request with a body of 10 MiB as ${kind}, signed with epi-hmac: how long nothing else can happen.`,
      columns: [
        { key: 'longest', title: 'ms at most without the event loop', spread: true },
        { key: 'time', title: 'ms until it is sent' },
      ],
      rows,
    })
  }
  return tables
}

export default { passes: [{ runs: 5, flags: [], run }] } satisfies Bench
