import type { Draft, EpiMistake } from './draft.ts'

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS']
const IN_HEADER = 'sign the very text that stands in the header'

type Single = 'id' | 'method' | 'timestamp' | 'nonce'
type Rewriting = readonly [what: string, advice: string, (value: string) => string | undefined]

/** The usual ways to sign another method, timestamp, nonce or key. */
export function valueMistakes(ownKey: string): EpiMistake[] {
  return [
    ...mistakes('method', 'method', [
      ['the method in lower case', 'sign it in upper case', (method) => method.toLowerCase()],
      ['the method capitalized', 'sign it in upper case', capitalized],
      ...METHODS.flatMap((other): Rewriting[] => [
        [`the method ${other}`, 'sign the method that is sent', () => other],
        [
          `the method ${other.toLowerCase()}`,
          'sign the method that is sent, in upper case',
          () => other.toLowerCase(),
        ],
      ]),
    ]),
    ...mistakes('timestamp', 'timestamp', [
      ['a timestamp in seconds', IN_HEADER, onTime((ms) => String(Math.floor(ms / 1000)))],
      ['a timestamp in seconds, rounded', IN_HEADER, onTime((ms) => String(Math.round(ms / 1000)))],
      ['a timestamp in seconds and fractions', IN_HEADER, onTime((ms) => String(ms / 1000))],
      ['a timestamp a thousand times as large', IN_HEADER, (time) => `${time}000`],
      ['a timestamp in ISO 8601', IN_HEADER, onTime(iso)],
      [
        'a timestamp in ISO 8601 without milliseconds',
        IN_HEADER,
        onTime((ms) => iso(ms).replace(/\.\d+/, '')),
      ],
      ['a timestamp in the form of HTTP', IN_HEADER, onTime((ms) => new Date(ms).toUTCString())],
      ['a timestamp in ticks of .NET', IN_HEADER, onTime(ticks)],
    ]),
    ...mistakes('nonce', 'nonce', [
      ['the nonce without its hyphens', IN_HEADER, (nonce) => nonce.replaceAll('-', '')],
      ['hyphens in the nonce', IN_HEADER, (nonce) => nonce.replace(GUID, '$1-$2-$3-$4-$5')],
      ['the nonce in lower case', IN_HEADER, (nonce) => nonce.toLowerCase()],
      ['the nonce in upper case', IN_HEADER, (nonce) => nonce.toUpperCase()],
      ['braces around the nonce', IN_HEADER, (nonce) => `{${nonce}}`],
    ]),
    ...mistakes('id', 'key', [
      ['the other key', IN_HEADER, () => ownKey],
      ['the key in lower case', IN_HEADER, (key) => key.toLowerCase()],
      ['the key in upper case', IN_HEADER, (key) => key.toUpperCase()],
      ['the key decoded from base64', IN_HEADER, (key) => Buffer.from(key, 'base64').toString()],
    ]),
  ]
}

function mistakes(field: Single, part: string, rewritings: readonly Rewriting[]): EpiMistake[] {
  return rewritings.map(([what, advice, rewrite]) => ({
    part,
    what,
    advice,
    make(draft: Draft) {
      const value = rewrite(draft[field])
      return value === undefined || value === draft[field]
        ? undefined
        : { ...draft, [field]: value }
    },
  }))
}

const GUID = /^(.{8})(.{4})(.{4})(.{4})(.{12})$/

/** Of a header that has it in milliseconds, or else in seconds. */
const onTime = (rewrite: (ms: number) => string) => (text: string) => {
  if (!/^\d{9,15}$/.test(text)) return undefined
  const number = Number(text)
  return rewrite(number < 1e11 ? number * 1000 : number)
}

const iso = (ms: number): string => new Date(ms).toISOString()
const ticks = (ms: number): string => String(BigInt(ms) * 10_000n + 621_355_968_000_000_000n)
const capitalized = (word: string): string => word.slice(0, 1) + word.slice(1).toLowerCase()
