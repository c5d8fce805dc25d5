import { randomBytes } from 'node:crypto'

/** A token of the size that identity providers hand out: a JWT of about 900 characters. */
export function newToken(): string {
  const part = (bytes: number) => randomBytes(bytes).toString('base64url')
  return flat(`eyJhbGciOiJSUzI1NiJ9.${part(400)}.${part(256)}`)
}

/**
 * The same text in one piece, as when it has been read from somewhere. What is put together stays in
 * pieces until the garbage is collected, and each look at one costs 1 µs more.
 */
export function flat(text: string): string {
  return Buffer.from(text).toString('latin1')
}
