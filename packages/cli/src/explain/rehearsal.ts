import { place } from '@countersign/core/kit'
import type { Part, Step } from './explanation.ts'
import { visible } from './visible.ts'

/** What a rehearsal hands out in place of every token and secret. */
export const STAND_IN = 'a-token-that-is-none'

/** Plays the endpoint that hands out tokens: nothing is sent, and what would be is kept. */
export interface Rehearsal {
  readonly fetch: typeof fetch
  /** What was asked for; `undefined` if nothing was. */
  request(): Request | undefined
  /** The same with nothing secret in it. */
  step(): Promise<Step | undefined>
}

/** Members of a request that are secret, whatever they hold. */
const SECRET = /secret|token$|assertion$|password/i
/** Headers that every such request has, and which tell nothing. */
const PLAIN = ['accept', 'content-type']

export function rehearsal(now: () => number = Date.now): Rehearsal {
  let asked: Request | undefined
  return {
    async fetch(input, init) {
      asked = new Request(input, init)
      // What any of the services would answer.
      return Response.json({
        token: STAND_IN,
        access_token: STAND_IN,
        token_type: 'Bearer',
        expires_in: 3600,
        credentials: {
          accessKeyId: STAND_IN,
          secretAccessKey: STAND_IN,
          sessionToken: STAND_IN,
          expiration: now() + 3_600_000,
        },
        s3Path: 's3://optimizely-events-data/v1/account_id=1',
      })
    },
    request: () => asked,
    async step() {
      if (!asked) return undefined
      const { method, url, headers } = asked
      const form = headers.get('content-type')?.includes('form')
      const body = await asked.text()
      const members = Object.entries(
        form ? Object.fromEntries(new URLSearchParams(body)) : JSON.parse(body || '{}'),
      ).map(([name, value]) => [name, SECRET.test(name) ? '***' : visible(String(value))] as const)
      const written = Object.fromEntries(members)
      return {
        name: 'token request',
        about: `${method} ${place(url)}${body && (form ? ', with a form' : ', with JSON')}`,
        parts: [
          ...[...headers].filter(([name]) => !PLAIN.includes(name)).map(headerPart),
          ...members.map(([name, value]) => ({ name, value })),
        ],
        text: form ? String(new URLSearchParams(written)) : body && JSON.stringify(written),
      }
    },
  }
}

/** A header as it is shown: of its credentials the scheme alone. */
export function headerPart([name, value]: readonly [name: string, value: string]): Part {
  if (name === 'authorization') return { name, value: value.replace(/^(\S+) .*/, '$1 ***') }
  return { name, value }
}
