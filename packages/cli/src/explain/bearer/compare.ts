import { instant, span, TOLERANCE } from '../clock.ts'
import type { Comparison, Culprit } from '../explanation.ts'
import { givenHeader, NOTHING } from '../given.ts'
import { visible } from '../visible.ts'
import { claimsOf } from './jwt.ts'

export interface Known {
  /** The token that belongs there, if it is at hand. */
  readonly own: { readonly variable: string; readonly token: string } | undefined
  /** What else stands in the environment, by its variable. */
  readonly secrets: readonly { readonly variable: string; readonly value: string }[]
  readonly now: number
}

/** What a token looks like that was never put in: a variable of a template, or of nothing. */
const PLACEHOLDER =
  /^(?:undefined|null|None|nil|\[object .*\]|\{\{?.*\}\}?|\$\{?\w+\}?|<.*>|%\w+%|)$/

/** Says what is wrong with an `Authorization: Bearer`, as far as that shows without asking. */
export function compareBearer(header: string, { own, secrets, now }: Known): Comparison {
  const { scheme, rest, culprits: odd } = givenHeader(header, SCHEME)
  const { token, culprit } = cleaned(rest)
  const culprits = [...odd, schemeCulprit(scheme, rest), culprit].filter((one) => one !== undefined)
  const different = (...more: Culprit[]): Comparison => ({
    verdict: 'different',
    culprits: [...culprits, ...more],
    notes: [],
  })
  const expired = lifeCulprit(token, now)
  if (expired) return different(expired)
  if (own?.token === token) {
    return culprits.length > 0 ? different() : { verdict: 'same', culprits, notes: [] }
  }
  const taken = secrets.find(({ value }) => value === token)
  if (taken) {
    return different(
      wrong(
        `What stands there is ${taken.variable}`,
        'send the token that it is traded for, and this to nobody else',
      ),
    )
  }
  const damage = damageOf(token)
  if (damage) return different(damage)
  if (culprits.length > 0) return different()
  if (own) {
    return different(wrong(`The token is not ${own.variable}`, 'see which of the two is meant'))
  }
  return { verdict: 'plausible', culprits, notes: [UNTOLD] }
}

const SCHEME = 'Bearer'
const UNTOLD = 'Whether the server knows this token, and lets it do this, only the server can tell.'

const wrong = (problem: string, advice: string, part = 'token'): Culprit => ({
  part,
  problem,
  advice,
})

function schemeCulprit(scheme: string, rest: string): Culprit | undefined {
  if (scheme === SCHEME || rest === '' || rest.toLowerCase() === 'bearer') return undefined
  const advice = 'write Bearer and a space before the token'
  if (scheme === '') return wrong('There is no scheme', advice, 'scheme')
  return wrong(`The scheme is ${visible(scheme, 40)}`, advice, 'scheme')
}

/** The token without what does not belong to it. */
function cleaned(text: string): { token: string; culprit?: Culprit } {
  const found = (token: string, problem: string, advice: string) => ({
    token,
    culprit: wrong(problem, advice),
  })
  if (text === '') return found('', NOTHING, 'it takes Bearer and the token')
  if (text.toLowerCase() === 'bearer') {
    return found('', 'There is no token', 'see that it gets there')
  }
  const token = text.replace(/^(['"])(.*)\1$/, '$2')
  if (PLACEHOLDER.test(token)) {
    return found(
      token,
      `In place of the token stands ${visible(token, 40)}`,
      'see that the token gets there: a variable that is not set, perhaps',
    )
  }
  if (token !== text) return found(token, 'There are quotes around the token', 'take them away')
  if (/^bearer\s/i.test(token)) {
    return found(token.slice(SCHEME.length).trim(), 'Bearer stands there twice', 'write it once')
  }
  if (/\s/.test(token)) {
    return found(
      token.replace(/\s/g, ''),
      'There is white space in the token',
      'take it out: a token that was wrapped, perhaps',
    )
  }
  if (/(?:\u2026|\.\.\.)$/.test(token)) {
    return found(token, 'The token is cut off', 'send the whole of it')
  }
  if (/%[\dA-F]{2}/i.test(token)) {
    return found(token, 'The token is escaped as in a URL', 'send it as it was handed out')
  }
  if (/[^!-~]/.test(token)) {
    return found(
      token,
      `There is more than visible ASCII in the token: ${visible(token.replace(/[!-~]/g, ''), 20)}`,
      'send it as it was handed out',
    )
  }
  return { token }
}

/** When a JWT is good. */
function lifeCulprit(token: string, now: number): Culprit | undefined {
  const { exp, nbf } = claimsOf(token)?.payload ?? {}
  const [end, start] = [msOf(exp), msOf(nbf)]
  if (end <= now) {
    return wrong(`The token expired ${span(now - end)} ago, at ${instant(end)}`, 'get a new one')
  }
  if (start > now + TOLERANCE) {
    const problem = `The token is not good before ${instant(start)}, in ${span(start - now)}`
    return wrong(problem, "wait, or see whether this machine's clock is slow")
  }
  return undefined
}

/** An instant in seconds, of the years that there are dates for. */
function msOf(seconds: unknown): number {
  const ms = typeof seconds === 'number' ? seconds * 1000 : Number.NaN
  return Math.abs(ms) <= 8.64e15 ? ms : Number.NaN
}

/** A JWT has three parts, of which the first begins with `eyJ`. One of five is encrypted. RFC 7516 §3.1 */
function damageOf(token: string): Culprit | undefined {
  const count = token.split('.').length
  const isJwt = token.startsWith('eyJ') && (count === 2 || count === 3)
  if (!isJwt || claimsOf(token)) return undefined
  const problem =
    count === 2
      ? 'The token is a JWT without its signature'
      : 'The token is a JWT that cannot be read'
  return wrong(problem, 'send the whole of it, as it was handed out')
}
