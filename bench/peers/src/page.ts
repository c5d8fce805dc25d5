/** What runs in the browser: the signers that can, timed there, and proofs for a verifier outside. */
import { alternate, type Timed } from '../../src/measure/alternate.ts'
import { ours as hmac } from '../../src/signers/epi-hmac.ts'
import { forTheWeb } from '../../src/signers/epi-hmac-web.ts'
import { KEY, requestsOf } from '../../src/signers/requests.ts'
import { ours as sigv4 } from '../../src/signers/sigv4.ts'
import type { Signing } from '../../src/signers/signer.ts'
import { sigv4 as aws4fetch } from './aws4fetch.ts'
import { epiHmac as cryptoJs } from './crypto-js.ts'

/** By scheme; each is counted over the first. */
const SIGNINGS: Readonly<Record<string, readonly Signing[]>> = {
  'epi-hmac': [...forTheWeb.toReversed(), hmac, ...cryptoJs],
  sigv4: [...aws4fetch, sigv4],
}

async function timed(scheme: string, size: number, quick: boolean) {
  const signings = SIGNINGS[scheme] ?? []
  const requests = requestsOf(size, 'text')
  const entries: Timed[] = []
  const proofs: { name: string; headers: object }[] = []
  for (const { name, role, make } of signings) {
    const sign = make(KEY)
    proofs.push({ name, headers: await sign(requests[0] as (typeof requests)[0]) })
    let i = 0
    const run = () => sign(requests[i++ & 15] as (typeof requests)[0])
    const over = name === signings[0]?.name ? undefined : signings[0]?.name
    entries.push({ name, role, over, run })
  }
  return { proofs, rows: await alternate(entries, quick) }
}

Object.assign(globalThis, { timed })
