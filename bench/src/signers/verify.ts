import { createHash, createHmac } from 'node:crypto'
import { targetOf } from './epi-hmac.ts'
import type { Key, Unsigned } from './signer.ts'

/** Recomputes an `epi-hmac` signature as a server does. */
export function verifyEpiHmac(
  { id, secret }: Key,
  request: Unsigned,
  headers: Readonly<Record<string, string>>,
): void {
  const [, key, time, nonce, signature] =
    /^epi-hmac ([^:]+):(\d{13}):([\da-f]{32}):([\w+/]+=*)$/.exec(headers.authorization ?? '') ?? []
  const digest = createHash('md5').update(request.body).digest('base64')
  const expected = createHmac('sha256', Buffer.from(secret, 'base64'))
    .update(`${id}${request.method}${targetOf(request)}${time}${nonce}${digest}`)
    .digest('base64')
  if (key !== id || signature !== expected) throw new Error('this signature does not verify')
}

/** Recomputes a Signature Version 4 as AWS does, for requests whose target needs no escapes. */
export function verifySigV4(
  { id, secret }: Key,
  request: Unsigned,
  headers: Readonly<Record<string, string>>,
): void {
  const { host, pathname, searchParams } = new URL(request.url)
  const sent: Record<string, string | undefined> = { host, ...request.headers, ...headers }
  const [, key, scope = '', signed = '', signature] =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\S+), ?SignedHeaders=(\S+), ?Signature=([\da-f]{64})$/.exec(
      sent.authorization ?? '',
    ) ?? []
  const digest = createHash('sha256').update(request.body).digest('hex')
  searchParams.sort()
  const canonical = [
    request.method,
    pathname,
    searchParams,
    ...signed.split(';').map((name) => `${name}:${sent[name]}`),
    '',
    signed,
    digest,
  ].join('\n')
  const text = [
    'AWS4-HMAC-SHA256',
    sent['x-amz-date'],
    scope,
    createHash('sha256').update(canonical).digest('hex'),
  ].join('\n')
  const signing = scope
    .split('/')
    .reduce<Buffer>(
      (derived, part) => createHmac('sha256', derived).update(part).digest(),
      Buffer.from(`AWS4${secret}`),
    )
  const expected = createHmac('sha256', signing).update(text).digest('hex')
  const covers = ['host', 'x-amz-date'].every((name) => signed.split(';').includes(name))
  if (key !== id || !covers || signature !== expected) {
    throw new Error('this signature does not verify')
  }
}
