import type { Culprit } from '../explanation.ts'
import { givenHeader, NOTHING } from '../given.ts'
import { visible } from '../visible.ts'

export const SCHEME = 'epi-hmac'
const FORM = `${SCHEME} key:timestamp:nonce:signature`

export interface EpiFields {
  readonly key: string
  readonly timestamp: string
  readonly nonce: string
  readonly signature: string
}

export interface EpiHeader {
  /** Absent if it cannot be read at all; then there is a culprit. */
  readonly fields?: EpiFields
  readonly culprits: readonly Culprit[]
}

/** Reads a header as far as it can be read, and says what about its form is wrong. */
export function epiHeader(header: string): EpiHeader {
  const { scheme, rest, culprits } = givenHeader(header, SCHEME)
  const odd = (problem: string, advice: string): Culprit => ({ part: 'header', problem, advice })
  const whole = [...culprits]
  if (rest === '') {
    return { culprits: [...whole, odd(NOTHING, `it takes ${FORM}`)] }
  }
  const [values, how] = fieldsOf(rest)
  if (scheme !== SCHEME && !(values && values.length === 4 && !how)) {
    const what = scheme ? `It is of the scheme ${visible(scheme)}` : 'It is of no scheme'
    return { culprits: [...whole, odd(what, `this API takes ${FORM}`)] }
  }
  if (scheme !== SCHEME) {
    const what = scheme ? `The scheme is written ${visible(scheme)}` : 'The scheme is missing'
    whole.push(odd(what, `write ${SCHEME} and a space before the key`))
  }
  if (how) whole.push(odd(how, `write ${FORM}`))
  if (!values) {
    const count = rest.split(':').length
    return { culprits: [...whole, odd(`It has ${count} of four fields`, `write ${FORM}`)] }
  }
  if (values.some((value) => value !== value.trim())) {
    whole.push(
      odd('There is white space between its fields', 'put colons between them, and nothing else'),
    )
  }
  let [key = '', timestamp = '', nonce = '', signature = ''] = values.map((value) => value.trim())
  if (!/^\d+$/.test(timestamp) && /^\d{10,13}$/.test(nonce)) {
    whole.push(odd('Timestamp and nonce have changed places', `write ${FORM}`))
    ;[timestamp, nonce] = [nonce, timestamp]
  }
  return { fields: { key, timestamp, nonce, signature }, culprits: whole }
}

/** Its four fields, and how they had to be found where that was not by their colons. */
function fieldsOf(rest: string): [values?: readonly string[], how?: string] {
  const values = rest.split(':')
  if (values.length === 4) return [values]
  // A date has colons of its own.
  const dated = /^([^:]*):(.*):([^:]*):([^:]*)$/s.exec(rest)?.slice(1)
  if (values.length > 4 && dated) return [dated]
  const [first = '', second = '', third = ''] = values
  if (values.length === 3) {
    if (/^\d{9,}$/.test(first)) return [['', ...values]]
    if (/^\d{9,}$/.test(second)) return [[first, second, '', third]]
    return [[first, '', second, third]]
  }
  const parted = rest.split(/[;,|&\s]+/)
  if (parted.length === 4) return [parted, 'Its fields are not parted by colons']
  const decoded = Buffer.from(rest, 'base64').toString().split(':')
  if (decoded.length === 4) return [decoded, 'Its fields are in base64, as those of Basic are']
  return []
}
