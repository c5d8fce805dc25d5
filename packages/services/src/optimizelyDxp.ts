import type { SecretSource } from '@countersign/core'
import { hmac, type HmacScheme } from '@countersign/core/hmac'
import { assertOptions, headerValue, wrong } from '@countersign/core/kit'
import {
  baseUrlOf,
  service,
  type ServiceOptions,
  type ServiceSigner,
  type SourceWrapper,
} from './service.ts'

export type { ServiceOptions, ServiceSigner, SourceWrapper }

export interface EpiHmacOptions {
  /** The public name of the credential. */
  key: string
  /** Base64, as Optimizely hands it out, or where to read it. */
  secret: SecretSource
  /** The clock, in milliseconds since the Unix epoch. Default `Date.now`. */
  now?: () => number
  /** A text that is never used twice. Default: 32 random hex digits. */
  nonce?: () => string
}

export interface OptimizelyDxpOptions extends EpiHmacOptions, ServiceOptions {}

const BASE_URL = 'https://paasportal.episerver.net/api/v1.0'

/**
 * Signs for the Deployment API of Optimizely DXP by `epi-hmac`.
 *
 * @throws {OptionError} if an option is missing or wrong; a `secret` that is not base64 is one.
 */
export function optimizelyDxp(options: OptimizelyDxpOptions): ServiceSigner {
  assertOptions(options)
  return service({ baseUrl: baseUrlOf(options, BASE_URL) }, hmac(epiHmac(options)))
}

/**
 * The scheme `epi-hmac` as data for `hmac()`. Other products of Optimizely sign by it too: Graph
 * (`https://cg.optimizely.com`) and PIM.
 *
 * The target is sent in the form on which servers that normalize it agree with those that do not.
 * Neither the host nor the content type is signed.
 *
 * @throws {OptionError} if `key` cannot stand in the header.
 */
export function epiHmac({ key, secret, now, nonce }: EpiHmacOptions): HmacScheme {
  if (headerValue('key', key).includes(':')) throw wrong('key', 'no colon', key)
  return {
    id: key,
    secret,
    secretEncoding: 'base64',
    message: ['id', 'method', 'target', 'timestamp', 'nonce', 'bodyHash'],
    target: 'normalized',
    timestamp: 'ms',
    hash: 'sha256',
    body: { hash: 'md5', encoding: 'base64' },
    encoding: 'base64',
    headers: { authorization: 'epi-hmac {id}:{timestamp}:{nonce}:{signature}' },
    ...(now && { now }),
    ...(nonce && { nonce }),
  }
}
