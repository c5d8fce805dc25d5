import { hmac as nobleHmac } from '@noble/hashes/hmac.js'
import { md5, sha1 } from '@noble/hashes/legacy.js'
import { sha256, sha384, sha512 } from '@noble/hashes/sha2.js'

/** A hash that signing schemes use. MD5 and SHA-1 are for schemes that prescribe them. */
export type HashName = 'md5' | 'sha1' | 'sha256' | 'sha384' | 'sha512'
export type Encoding = 'base64' | 'base64url' | 'hex'
type Text = string | Uint8Array

export const HASHES: readonly HashName[] = ['md5', 'sha1', 'sha256', 'sha384', 'sha512']
export const ENCODINGS: readonly Encoding[] = ['base64', 'base64url', 'hex']

/** Hashing that is synchronous everywhere: OpenSSL under Node, Deno and Bun, else in JavaScript. */
export interface Digester {
  hash(name: HashName, data: Text, encoding: Encoding): string
  /** Prepares a key; a string in the data is UTF-8. */
  hmac(name: HashName, key: Uint8Array): (data: Text, encoding: Encoding) => string
}

/** The part of `node:crypto` in use, so that nobody's types need Node's. */
interface Hashing {
  update(data: Text): Hashing
  digest(encoding: Encoding): string
}
interface NodeCrypto {
  createHash(name: HashName): Hashing
  createSecretKey(key: Uint8Array): object
  createHmac(name: HashName, key: object): Hashing
}

/** Not an import, so that the same file loads in a browser. */
const crypto = (
  globalThis as { process?: { getBuiltinModule?(id: string): NodeCrypto | undefined } }
).process?.getBuiltinModule?.('node:crypto')

/** Over OpenSSL. */
export function nodeDigester(node: NodeCrypto): Digester {
  return {
    hash: (name, data, encoding) => node.createHash(name).update(data).digest(encoding),
    hmac(name, key) {
      const prepared = node.createSecretKey(key)
      return (data, encoding) => node.createHmac(name, prepared).update(data).digest(encoding)
    },
  }
}

const NOBLE = { md5, sha1, sha256, sha384, sha512 }

/** Over JavaScript alone. */
export const nobleDigester: Digester = {
  hash: (name, data, encoding) => encode(NOBLE[name](bytes(data)), encoding),
  hmac(name, key) {
    const prepared = nobleHmac.create(NOBLE[name], key)
    return (data, encoding) => encode(prepared.clone().update(bytes(data)).digest(), encoding)
  },
}

export const digester: Digester = crypto ? nodeDigester(crypto) : nobleDigester

const bytes = (data: Text): Uint8Array =>
  typeof data === 'string' ? new TextEncoder().encode(data) : data

function encode(digest: Uint8Array, encoding: Encoding): string {
  if (encoding === 'hex')
    return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
  const base64 = btoa(String.fromCharCode(...digest))
  if (encoding === 'base64') return base64
  return base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}
