import { OptionError, SigningError } from './errors.ts'
import { assertSigner, wrong } from './options.ts'
import { place } from './redact.ts'
import { delegate, type Signer } from './signer.ts'

/** `localhost`, `*.localhost`, 127.0.0.0/8 and [::1]: what never leaves the machine. RFC 6761 §6.3 */
const LOOPBACK = /^(?:(?:.+\.)?localhost|127(?:\.\d{1,3}){3}|\[::1\])\.?$/

/** Whether a URL may carry credentials: https, or http to this machine. */
export function isSecure({ protocol, hostname }: URL, allowInsecure?: boolean): boolean {
  return (
    protocol === 'https:' ||
    // A text such as 'false', from a configuration, allows nothing.
    (protocol === 'http:' && (allowInsecure === true || LOOPBACK.test(hostname)))
  )
}

/** Checks an option that takes a URL for credentials to be sent to. */
export function secureUrl(option: string, value: unknown, allowInsecure?: boolean): URL {
  const url = typeof value === 'string' || value instanceof URL ? URL.parse(value) : undefined
  if (url && isSecure(url, allowInsecure) && !url.username && !url.password) return url
  throw wrong(
    option,
    'an absolute https URL without user and password (http on the loopback interface; elsewhere with `allowInsecure`)',
    value,
  )
}

/** One or more, such as `https://api.example.com`; a path behind them is ignored. */
export type Origins = string | URL | readonly (string | URL)[]

/** Checks an option that says where credentials belong. */
export function originsOf(origins: Origins): ReadonlySet<string> {
  const list = [origins].flat() as (string | URL)[]
  if (list.length === 0) throw new OptionError('origins', 'takes at least one origin')
  return new Set(list.map((origin) => secureUrl('origins', origin, true).origin))
}

/**
 * Signs for its own origins only. A request to any other is refused with a {@link SigningError}
 * (`foreign-origin`) before a token is fetched, so that a hostile link cannot carry credentials away.
 *
 * @throws {OptionError} if an origin is not an absolute http(s) URL, or the signer is none.
 */
export function within(origins: Origins, signer: Signer): Signer {
  const own = originsOf(origins)

  assertSigner(signer)

  return delegate(signer, {
    sign(request) {
      if (own.has(new URL(request.url).origin)) return signer.sign(request)
      throw foreign([...own].join(', '), request.url)
    },
  })
}

export function foreign(home: string | undefined, url: string | URL): SigningError {
  return new SigningError(
    'foreign-origin',
    `These credentials belong to ${home}, not to ${place(url)}. \`signer: false\` sends the request unsigned.`,
  )
}
