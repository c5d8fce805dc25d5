import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Arrival, ConnectionError, type Fault } from '@countersign/testing'
import { dressed } from '../../packages/testing/src/dress.ts'
import { type AwsKey, byHmac, bySigv4, type HmacKey, type Verify } from './proofs.ts'

/** What the schemes of the core prove themselves with where no vendor is known. */
export interface GeneralCredentials {
  readonly basic: { readonly username: string; readonly password: string }
  readonly apiKey: string
  readonly hmac: HmacKey
  readonly aws: AwsKey
}

/** A server of no vendor's, which takes each scheme under a path of its own. */
export interface General {
  readonly credentials: GeneralCredentials
  /** How what arrived there is verified; `undefined` where nothing is. */
  verifierOf(arrival: Arrival): Verify | undefined
  answer(arrival: Arrival, fault?: Fault): Promise<Response>
}

export const GENERAL = 'api.general.example'
export const basicProof = ({ basic }: GeneralCredentials): string =>
  Buffer.from(`${basic.username}:${basic.password}`).toString('base64')

const secret = (length: number) => randomBytes(length).toString('hex')

export function general(now: () => number): General {
  const credentials: GeneralCredentials = {
    basic: { username: 'torturer', password: `${secret(8)}:ü ${secret(8)}` },
    apiKey: secret(20),
    hmac: { key: secret(12), secret: randomBytes(32).toString('base64') },
    aws: { accessKeyId: `AKIA${secret(8).toUpperCase()}`, secretAccessKey: secret(20) },
  }
  const { aws, hmac, apiKey } = credentials
  const make = (): Readonly<Record<string, Verify>> => ({
    basic: ({ headers }) =>
      headers.get('authorization') === `Basic ${basicProof(credentials)}` ? undefined : 'wrong',
    key: ({ target }) =>
      new URLSearchParams(target.replace(/^[^?]*/, '')).getAll('key').join() === apiKey
        ? undefined
        : 'wrong',
    hmac: byHmac(hmac, now),
    aws: bySigv4('execute-api', new Map([[aws.accessKeyId, aws]]), now),
  })
  const [own, again] = [make(), make()]
  const scheme = ({ target }: Arrival) => /^\/(\w+)/.exec(target)?.[1] ?? ''

  function verified(arrival: Arrival): Response {
    const verify = own[scheme(arrival)]
    if (!verify) return new Response('nothing here', { status: 404 })
    const wrong = verify(arrival)
    if (!wrong) return Response.json({ got: arrival.body.length })
    const code = wrong.includes('TimeTooSkewed') ? 'RequestTimeTooSkewed' : 'Refused'
    const status = scheme(arrival) === 'aws' ? 403 : 401
    return Response.json({ code, message: wrong }, { status })
  }

  return {
    credentials,
    verifierOf: (arrival) => again[scheme(arrival)],
    async answer(arrival, fault = {}) {
      const { latency, drop, status } = fault
      if (latency) await sleep(latency)
      if (drop === 'before') throw new ConnectionError('ECONNRESET', GENERAL)
      const response = status ? new Response('{}', { status }) : verified(arrival)
      const { method } = arrival
      return dressed(response, fault, { status: response.status, method, now: now() })
    },
  }
}
