import { type AwsMistake, type Canonical, type Draft, scopeOf, sha256 } from './draft.ts'
import { SCHEME } from './header.ts'
import { mistake, type Scene } from './mistake.ts'

/** The usual ways to write the canonical request otherwise. */
export function headerMistakes({ url }: Scene): AwsMistake[] {
  const { hostname, protocol } = new URL(url)
  const port = protocol === 'https:' ? 443 : 80
  const own = hostname.replace(/^[^.]+\.(?=s3\b)/, '')
  const header = (what: string, advice: string, change: Parameters<typeof mistake>[3]) =>
    mistake('headers', what, advice, change)
  const host = (value: string, what: string) =>
    header(what, 'sign the Host that is sent', ({ headers }) => ({
      headers: { ...headers, host: value },
    }))
  const lines = (
    what: string,
    advice: string,
    rewrite: (lines: readonly string[]) => readonly string[],
  ) =>
    header(what, advice, (draft) => ({
      canonical: (parts) => draft.canonical({ ...parts, headers: rewrite(parts.headers) }),
    }))
  return [
    host(`${hostname}:${port}`, `the port ${port} in the host`),
    host(own, 'the host without the bucket'),
    host('', 'an empty host'),
    lines('names of headers that are not in lower case', 'sign their names in lower case', (all) =>
      all.map((line) => line.replace(/^[^:]+/, capitalized)),
    ),
    lines('a space behind the colon of each header', 'sign name:value', (all) =>
      all.map((line) => line.replace(':', ': ')),
    ),
    lines('the headers not sorted', 'sort them by name', (all) => all.toReversed()),
    ...['host', 'x-amz-date', 'x-amz-security-token', 'x-amz-content-sha256'].map((name) =>
      lines(
        `no ${name} among the headers, though it is named`,
        'sign every header that is named',
        (all) => all.filter((line) => !line.startsWith(`${name}:`)),
      ),
    ),
    text('no empty line behind the headers', ({ method, path, query, headers, names, payload }) =>
      [method, path, query, ...headers, names.join(';'), payload].join('\n'),
    ),
    text('commas between the names of the headers', ({ names, ...parts }) =>
      [
        parts.method,
        parts.path,
        parts.query,
        ...parts.headers,
        '',
        names.join(','),
        parts.payload,
      ].join('\n'),
    ),
    text('no names of the headers', ({ method, path, query, headers, payload }) =>
      [method, path, query, ...headers, '', payload].join('\n'),
    ),
    text('no hash of the body', ({ method, path, query, headers, names }) =>
      [method, path, query, ...headers, '', names.join(';')].join('\n'),
    ),
  ]
}

function text(what: string, canonical: (parts: Canonical) => string): AwsMistake {
  const advice =
    'the canonical request is method, path, query, a line for each header, an empty line, their names and the hash of the body'
  return mistake('canonical request', what, advice, () => ({ canonical }))
}

const PAYLOAD = 'the hash is SHA-256 of the body that is sent, in lower-case hex'

/** The usual ways to hash a body otherwise. */
export function payloadMistakes(): AwsMistake[] {
  const payload = (what: string, digest: Draft['digest']) =>
    mistake('body hash', what, PAYLOAD, () => ({ digest }))
  return [
    ...[
      'UNSIGNED-PAYLOAD',
      'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
      'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
    ].map((word) =>
      mistake(
        'body hash',
        `${word} in place of the hash of the body`,
        'send the same in x-amz-content-sha256, or sign the hash',
        () => ({ digest: () => word }),
      ),
    ),
    payload('the hash of the body', (body) => sha256(body).toString('hex')),
    payload('the hash of the body in base64', (body) => sha256(body).toString('base64')),
    payload('the hash of the body in upper-case hex', (body) =>
      sha256(body).toString('hex').toUpperCase(),
    ),
    payload('nothing for the hash of the body', () => ''),
  ]
}

/** The usual ways to write the string to sign otherwise. */
export function textMistakes(): AwsMistake[] {
  const toSign = (what: string, make: Draft['toSign']) =>
    mistake(
      'string to sign',
      what,
      'it is the algorithm, the time, the scope, and the hash of the canonical request in hex, in lines',
      () => ({ toSign: make }),
    )
  const hash = (canonical: string) => sha256(canonical).toString('hex')
  return [
    toSign('the canonical request itself in the string to sign, not its hash', (canonical, draft) =>
      [SCHEME, draft.time, scopeOf(draft), canonical].join('\n'),
    ),
    toSign('no algorithm in the string to sign', (canonical, draft) =>
      [draft.time, scopeOf(draft), hash(canonical)].join('\n'),
    ),
    toSign('no scope in the string to sign', (canonical, { time }) =>
      [SCHEME, time, hash(canonical)].join('\n'),
    ),
    toSign('the day in place of the time', (canonical, draft) =>
      [SCHEME, draft.day, scopeOf(draft), hash(canonical)].join('\n'),
    ),
    toSign('an ISO 8601 time with hyphens and colons', (canonical, draft) =>
      [SCHEME, extended(draft.time), scopeOf(draft), hash(canonical)].join('\n'),
    ),
    toSign('the canonical request alone', (canonical) => canonical),
    toSign(
      'a line break behind the string to sign',
      (canonical, draft) => `${[SCHEME, draft.time, scopeOf(draft), hash(canonical)].join('\n')}\n`,
    ),
  ]
}

const extended = (time: string): string =>
  time.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z')

const capitalized = (name: string): string =>
  name.replace(/(?:^|-)\w/g, (letter) => letter.toUpperCase())
