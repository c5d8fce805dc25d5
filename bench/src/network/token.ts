import { randomBytes } from 'node:crypto'

/** A token of the size that identity providers hand out: a JWT of about 900 characters. */
export function newToken(): string {
  const part = (bytes: number) => randomBytes(bytes).toString('base64url')
  return `eyJhbGciOiJSUzI1NiJ9.${part(400)}.${part(256)}`
}
