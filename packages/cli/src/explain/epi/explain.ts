import { explain, type HmacExplanation } from '@countersign/core/hmac'
import { epiHmac, type EpiHmacOptions } from '@countersign/services/optimizelyDxp'
import type { Call } from '../call.ts'
import { instant } from '../clock.ts'
import type { Explained, Explanation } from '../explanation.ts'
import { bodyPart } from '../visible.ts'
import { compare } from './compare.ts'
import { NAMES, type PartName } from './draft.ts'
import { epiHeader, SCHEME } from './header.ts'

/** A credential whose secret is at hand. */
export type Credential = EpiHmacOptions & { readonly secret: string }

/**
 * Why an `epi-hmac` signature is what it is; and what is wrong with another one over the same request.
 * Both are then explained for the timestamp and the nonce of that one.
 */
export async function explainEpi(
  credential: Credential,
  call: Call,
  basePath: string,
  given: string | undefined,
  now: () => number = Date.now,
): Promise<Explained> {
  if (given === undefined) {
    const made = await signed({ ...credential, now }, call)
    return { explanation: explanationOf(made, call, credential) }
  }
  const header = epiHeader(given)
  const { timestamp = '', nonce = '' } = header.fields ?? {}
  const time = /^\d{13}$/.test(timestamp) ? Number(timestamp) : undefined
  const once = /^[!-~]+$/.test(nonce) ? nonce : undefined
  const made = await signed(
    {
      ...credential,
      now: () => time ?? now(),
      ...(once !== undefined && { nonce: () => once }),
    },
    call,
  )
  const comparison = compare(header, { made, call, basePath, credential, now: now() })
  return { explanation: explanationOf(made, call, credential, { time, once }), comparison }
}

const THEIRS = ', that of the given header'

const signed = (credential: EpiHmacOptions, { method, url, headers, body }: Call) =>
  explain(epiHmac(credential), { method, url, headers, ...(body && { body }) })

function explanationOf(
  made: HmacExplanation,
  call: Call,
  credential: Credential,
  taken: { time?: number | undefined; once?: string | undefined } = {},
): Explanation {
  const { secret } = credential
  const { parts, message, signature, headers, url } = made
  const timestamp = Number(parts.find(({ part }) => part === 'timestamp')?.value)
  const body = bodyPart(call.body)
  const abouts: Record<PartName, string> = {
    id: 'the public name of the secret: OPTIMIZELY_DXP_KEY',
    method: 'in upper case',
    target: 'path and query as they are sent, without scheme and host',
    timestamp: `${instant(timestamp)} in milliseconds${taken.time === undefined ? '' : THEIRS}`,
    nonce: `another one for each request${taken.once === undefined ? '' : THEIRS}`,
    bodyHash: `base64 of the MD5 of ${body ? `the ${body.about} that are sent` : 'nothing: there is no body'}`,
  }
  return {
    service: 'optimizely-dxp',
    scheme: SCHEME,
    method: call.method,
    url,
    ...(body && { body }),
    steps: [
      {
        name: 'message',
        about: 'these parts, with nothing between them, in UTF-8',
        parts: parts.map(({ part, value }) => ({
          name: NAMES[part as keyof typeof NAMES],
          value: String(value),
          about: abouts[part as PartName],
        })),
        text: String(message),
      },
    ],
    facts: [
      {
        name: 'secret',
        value: '***',
        about: `${Buffer.from(secret, 'base64').length} bytes, from ${secret.length} characters of base64: OPTIMIZELY_DXP_SECRET`,
      },
      {
        name: 'signature',
        value: signature,
        about: 'base64 of HMAC-SHA256 of the message, keyed with the bytes of the secret',
      },
    ],
    headers,
    notes: ['Host, Content-Type and all other headers are not signed.'],
  }
}
