import { createHash } from 'node:crypto'
import { LONGEST } from '../bodies.ts'
import type { Draft, EpiMistake } from './draft.ts'

/** The usual ways to hash it otherwise than by MD5, written in base64. */
export const digestMistakes: readonly EpiMistake[] = [
  {
    part: 'body hash',
    what: 'nothing in place of the hash of an empty body',
    advice: 'an empty body is hashed, too: 1B2M2Y8AsgTpgAmY7PhCfg==',
    make: (draft) => (draft.body.length > 0 ? undefined : { ...draft, digest: () => '' }),
  },
  {
    part: 'body hash',
    what: 'the body itself in place of its hash',
    advice: 'the body hash is base64 of MD5',
    make: (draft) =>
      draft.body.length > LONGEST ? undefined : { ...draft, digest: (body) => body.toString() },
  },
  digest('the hash of the body in hex', 'base64', (body) => md5(body).toString('hex')),
  digest('the hash in upper-case hex', 'base64', (body) => md5(body).toString('hex').toUpperCase()),
  digest('base64 of the hash in hex', 'base64 of its 16 bytes', (body) =>
    Buffer.from(md5(body).toString('hex')).toString('base64'),
  ),
  digest('the hash in base64url', 'base64 of the standard alphabet, with its padding', (body) =>
    md5(body).toString('base64url'),
  ),
  digest('the hash without the = of its base64', 'base64 with its padding', (body) =>
    md5(body).toString('base64').replaceAll('=', ''),
  ),
  digest(
    'a line break behind the body hash, at the end of the message',
    'base64 and nothing else: in a shell, use printf and not echo',
    (body) => `${md5(body).toString('base64')}\n`,
  ),
  digest('the hash escaped as in a URL', 'base64 as it is', (body) =>
    encodeURIComponent(md5(body).toString('base64')),
  ),
  ...(['sha1', 'sha256', 'sha384', 'sha512'] as const).flatMap((name) => [
    digest(`${name.toUpperCase()} of the body in base64`, 'base64 of MD5', (body) =>
      createHash(name).update(body).digest('base64'),
    ),
    digest(`${name.toUpperCase()} of the body in hex`, 'base64 of MD5', (body) =>
      createHash(name).update(body).digest('hex'),
    ),
  ]),
  digest('the hash of the body hashed again', 'base64 of MD5, once', (body) =>
    md5(md5(body)).toString('base64'),
  ),
]

function digest(what: string, takes: string, way: Draft['digest']): EpiMistake {
  const advice = `the body hash is ${takes}`
  return { part: 'body hash', what, advice, make: (draft) => ({ ...draft, digest: way }) }
}

const md5 = (body: Buffer): Buffer => createHash('md5').update(body).digest()
