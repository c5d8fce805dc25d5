import { hmac as nobleHmac } from '@noble/hashes/hmac.js'
import { md5, sha1 } from '@noble/hashes/legacy.js'
import { sha256, sha384, sha512 } from '@noble/hashes/sha2.js'

/** A hash that signing schemes use. MD5 and SHA-1 are for schemes that prescribe them. */
export type HashName = 'md5' | 'sha1' | 'sha256' | 'sha384' | 'sha512'
export type Encoding = 'base64' | 'base64url' | 'hex'

export const HASHES: readonly HashName[] = ['md5', 'sha1', 'sha256', 'sha384', 'sha512']
export const ENCODINGS: readonly Encoding[] = ['base64', 'base64url', 'hex']

/** A string is UTF-8. */
export type Data = string | Uint8Array

/** Signs what the given pieces make together. */
export type Mac = (message: readonly Data[], encoding: Encoding) => string

/** Hashing that is synchronous everywhere: OpenSSL under Node, Deno and Bun, else JavaScript. */
export interface Digester {
  hash(name: HashName, data: Data, encoding: Encoding): string
  /** Prepares a key once for any number of messages. */
  hmac(name: HashName, key: Uint8Array): Mac
}

/** The part of `node:crypto` in use, so that nobody's types need Node's. */
interface Hashing {
  update(data: Data): Hashing
  digest(encoding: Encoding): string
}
interface NodeCrypto<Key = unknown> {
  /** In one call, in half the time. Node 20.12 and later. */
  hash?(name: HashName, data: Data, encoding: Encoding | 'binary'): string
  createHash(name: HashName): Hashing
  createSecretKey(key: Uint8Array): Key
  createHmac(name: HashName, key: Key): Hashing
}

/** Over OpenSSL. */
export function nodeDigester<Key>(node: NodeCrypto<Key>): Digester {
  return {
    hash: (name, data, encoding) =>
      node.hash?.(name, data, encoding) ?? node.createHash(name).update(data).digest(encoding),
    hmac(name, key) {
      const prepared = node.createSecretKey(key)
      const streamed: Mac = (message, encoding) => {
        const mac = node.createHmac(name, prepared)
        for (const piece of message) mac.update(piece)
        return mac.digest(encoding)
      }
      const hash = node.hash?.bind(node)
      return hash ? shortMac(hash, name, key, streamed) : streamed
    },
  }
}

/** How many bytes of a message are hashed in one call. */
const SHORT = 1024
/** In bytes. RFC 1321, FIPS 180-4 */
const BLOCK = { md5: 64, sha1: 64, sha256: 64, sha384: 128, sha512: 128 }

/** HMAC as RFC 2104 §2 spells it out: over a short message two hashes of one call each take half the time of a keyed one. */
function shortMac(
  hash: NonNullable<NodeCrypto['hash']>,
  name: HashName,
  key: Uint8Array,
  longer: Mac,
): Mac {
  const block = BLOCK[name]
  const inner = new Uint8Array(block + SHORT)
  const outer = new Uint8Array(block + hash(name, '', 'binary').length)
  const keyOfBlock = key.length > block ? bytesOf(hash(name, key, 'binary')) : key
  for (let at = 0; at < block; at++) {
    inner[at] = (keyOfBlock[at] ?? 0) ^ 0x36
    outer[at] = (keyOfBlock[at] ?? 0) ^ 0x5c
  }
  const encoder = new TextEncoder()
  return (message, encoding) => {
    let end = block
    for (const piece of message) {
      const room = inner.subarray(end)
      if (piece.length > room.length) return longer(message, encoding)
      if (typeof piece === 'string') {
        const { read, written } = encoder.encodeInto(piece, room)
        if (read < piece.length) return longer(message, encoding)
        end += written
      } else {
        room.set(piece)
        end += piece.length
      }
    }
    const digest = hash(name, inner.subarray(0, end), 'binary')
    for (let at = 0; at < digest.length; at++) outer[block + at] = digest.charCodeAt(at)
    return hash(name, outer, encoding)
  }
}

const bytesOf = (text: string): Uint8Array =>
  Uint8Array.from(text, (character) => character.charCodeAt(0))

const NOBLE = { md5, sha1, sha256, sha384, sha512 }

/** Over JavaScript alone. */
export const nobleDigester: Digester = {
  hash: (name, data, encoding) => encoded(NOBLE[name](bytes(data)), encoding),
  hmac(name, key) {
    const prepared = nobleHmac.create(NOBLE[name], key)
    return (message, encoding) => {
      const mac = prepared.clone()
      for (const piece of message) mac.update(bytes(piece))
      return encoded(mac.digest(), encoding)
    }
  },
}

/** Not an import, so that the same file loads in a browser. */
const crypto = (
  globalThis as { process?: { getBuiltinModule?(id: string): NodeCrypto | undefined } }
).process?.getBuiltinModule?.('node:crypto')

export const digester: Digester = crypto ? nodeDigester(crypto) : nobleDigester

function bytes(data: Data): Uint8Array {
  return typeof data === 'string' ? new TextEncoder().encode(data) : data
}

function encoded(digest: Uint8Array, encoding: Encoding): string {
  if (encoding === 'hex') {
    return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
  }
  const base64 = btoa(String.fromCharCode(...digest))
  if (encoding === 'base64') return base64
  return base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}
