import { randomBytes } from 'node:crypto'
import type { Arrival } from '@countersign/testing'
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
  answer(arrival: Arrival): Response
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

  return {
    credentials,
    verifierOf: (arrival) => again[scheme(arrival)],
    answer(arrival) {
      const verify = own[scheme(arrival)]
      if (!verify) return new Response('nothing here', { status: 404 })
      const fault = verify(arrival)
      const headers = { date: new Date(now()).toUTCString() }
      if (!fault) return Response.json({ got: arrival.body.length }, { headers })
      const time = /TimeTooSkewed/.test(fault)
      return Response.json(
        { code: time ? 'RequestTimeTooSkewed' : 'Refused', message: fault },
        { status: scheme(arrival) === 'aws' ? 403 : 401, headers },
      )
    },
  }
}
