import { OptionError, SigningError } from './errors.ts'
import { place } from './redact.ts'
import { delegate, type Signer } from './signer.ts'

/** `localhost`, `*.localhost`, 127.0.0.0/8 and [::1]: what never leaves the machine. RFC 6761 §6.3 */
const LOOPBACK = /^(?:(?:.+\.)?localhost|127(?:\.\d{1,3}){3}|\[::1\])\.?$/

/** Whether a URL may carry credentials: https, or http to this machine. */
export function isSecure(url: URL): boolean {
  return url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.test(url.hostname))
}

/** Throws unless credentials may be sent to this URL. */
export function assertSecure(url: URL, allowInsecure: boolean | undefined): void {
  if (isSecure(url) || (allowInsecure && url.protocol === 'http:')) return
  throw new SigningError(
    'insecure-url',
    `Refused to send credentials to ${place(url)}: only https, or http to the loopback interface, keeps them secret. \`allowInsecure: true\` sends them over plain http.`,
  )
}

/** Checks an option that takes an absolute http(s) URL, credentials in it excepted. */
export function httpUrl(option: string, value: unknown, allowInsecure?: boolean): URL {
  const url = typeof value === 'string' || value instanceof URL ? URL.parse(value) : null
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password) {
    throw new OptionError(option, 'takes an absolute https URL without user and password')
  }
  if (!isSecure(url) && !allowInsecure) {
    throw new OptionError(
      option,
      `takes an https URL, or http on the loopback interface, not ${place(url)} (\`allowInsecure: true\` lets plain http pass)`,
    )
  }
  return url
}

/**
 * Signs for its own origins only. A request to any other is refused with a {@link SigningError}
 * (`foreign-origin`) before a token is fetched, so that a hostile link cannot carry credentials away.
 *
 * @param origins One or more origins, such as `https://api.example.com`; a path behind them is ignored.
 * @throws {OptionError} if an origin is not an absolute http(s) URL.
 */
export function within(origins: string | URL | readonly (string | URL)[], signer: Signer): Signer {
  const list = Array.isArray(origins) ? origins : [origins]
  if (list.length === 0) throw new OptionError('origins', 'takes at least one origin')
  const own = new Set<string>()
  for (const origin of list) own.add(httpUrl('origins', origin, true).origin)

  return delegate(signer, {
    sign(request) {
      const { origin } = new URL(request.url)
      if (own.has(origin)) return signer.sign(request)
      throw new SigningError(
        'foreign-origin',
        `Refused to sign a request to ${origin}: these credentials belong to ${[...own].join(', ')} alone. \`signer: false\` sends it unsigned.`,
      )
    },
  })
}
