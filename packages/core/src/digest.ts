import { hmac as nobleHmac } from '@noble/hashes/hmac.js'
import { md5, sha1 } from '@noble/hashes/legacy.js'
import { sha256, sha384, sha512 } from '@noble/hashes/sha2.js'

const NOBLE = { md5, sha1, sha256, sha384, sha512 }

/** A hash that signing schemes use. MD5 and SHA-1 are for schemes that prescribe them. */
export type HashName = 'md5' | 'sha1' | 'sha256' | 'sha384' | 'sha512'
export type Encoding = 'base64' | 'base64url' | 'hex'

export const HASHES: readonly HashName[] = Object.keys(NOBLE) as HashName[]
export const ENCODINGS: readonly Encoding[] = ['base64', 'base64url', 'hex']

/** A string is UTF-8. */
export type Data = string | Uint8Array

/** A hash, with a key or without, that takes its data piece by piece. */
export interface Hashing {
  update(data: Data): Hashing
  digest(encoding: Encoding): string
}

/** Signs with a key that is prepared once for any number of messages. */
export interface Mac {
  sign(text: string, encoding: Encoding): string
  hashing(): Hashing
}

/** Hashing that is synchronous everywhere: OpenSSL under Node, Deno and Bun, else JavaScript. */
export interface Digester {
  hash(name: HashName, data: Data, encoding: Encoding): string
  hashing(name: HashName): Hashing
  hmac(name: HashName, key: Uint8Array): Mac
  /** So many random bytes, as hex. */
  random(length: number): string
}

/** The part of `node:crypto` in use, so that nobody's types need Node's. */
interface NodeCrypto<Key = unknown> {
  /** In one call, in half the time. Node 20.12 and later. */
  hash(name: HashName, data: Data, encoding: Encoding | 'binary'): string
  createHash(name: HashName): Hashing
  createSecretKey(key: Uint8Array): Key
  createHmac(name: HashName, key: Key): Hashing
  randomBytes(length: number): { toString(encoding: Encoding): string }
}

/** Bytes of Node's, which take a text of a character for each. */
type NodeBytes = Uint8Array & { write(text: string, at: number, encoding: 'latin1'): number }

/** Over OpenSSL. */
export function nodeDigester<Key>(node: NodeCrypto<Key>): Digester {
  return {
    hash: (name, data, encoding) => node.hash(name, data, encoding),
    hashing: (name) => node.createHash(name),
    hmac(name, key) {
      const prepared = node.createSecretKey(key)
      const hashing = () => node.createHmac(name, prepared)
      const short = shortMac(node, name, key)
      return {
        sign: (text, encoding) => short(text, encoding) ?? hashing().update(text).digest(encoding),
        hashing,
      }
    },
    random: (length) => node.randomBytes(length).toString('hex'),
  }
}

/** How many bytes of a message are hashed in one call. */
const SHORT = 1024

/**
 * HMAC as RFC 2104 §2 spells it out: over a short message two hashes of one call each take half the
 * time of a keyed one. Of a longer message it makes nothing.
 */
function shortMac(
  node: NodeCrypto,
  name: HashName,
  key: Uint8Array,
): (text: string, encoding: Encoding) => string | undefined {
  const { blockLen: block, outputLen } = NOBLE[name]
  const { Buffer } = builtin('node:buffer') as { Buffer: { alloc(length: number): NodeBytes } }
  const inner = Buffer.alloc(block + SHORT)
  const outer = Buffer.alloc(block + outputLen)
  if (key.length > block) inner.write(node.hash(name, key, 'binary'), 0, 'latin1')
  else inner.set(key)
  for (let at = 0; at < block; at++) {
    const byte = inner[at] as number
    inner[at] = byte ^ 0x36
    outer[at] = byte ^ 0x5c
  }
  const room = inner.subarray(block)
  const encoder = new TextEncoder()
  // A view has its price, and messages of one signer are of few lengths.
  let padded = room

  return (text, encoding) => {
    if (text.length > SHORT) return undefined
    const { read, written } = encoder.encodeInto(text, room)
    if (read < text.length) return undefined
    if (padded.length !== block + written) padded = inner.subarray(0, block + written)
    // As text, which Node makes faster than bytes.
    outer.write(node.hash(name, padded, 'binary'), block, 'latin1')
    return node.hash(name, outer, encoding)
  }
}

/** Over JavaScript alone. */
export const nobleDigester: Digester = {
  hash: (name, data, encoding) => nobleDigester.hashing(name).update(data).digest(encoding),
  hashing: (name) => textual(NOBLE[name].create()),
  hmac(name, key) {
    const prepared = nobleHmac.create(NOBLE[name], key)
    const hashing = () => textual(prepared.clone())
    return { sign: (text, as) => hashing().update(text).digest(as), hashing }
  },
  random: (length) => encoded(crypto.getRandomValues(new Uint8Array(length)), 'hex'),
}

/** Not an import, so that the same file loads in a browser. */
const builtin = (id: string) =>
  (
    globalThis as { process?: { getBuiltinModule?(id: string): unknown } }
  ).process?.getBuiltinModule?.(id)
const node = builtin('node:crypto') as NodeCrypto | undefined

// Not every other runtime that says it has `node:crypto` has all of it.
export const digester: Digester = node?.hash ? nodeDigester(node) : nobleDigester

/** A hash of bytes as one that takes, and gives, text. */
function textual(hash: { update(data: Uint8Array): unknown; digest(): Uint8Array }): Hashing {
  const hashing: Hashing = {
    update(data) {
      hash.update(typeof data === 'string' ? new TextEncoder().encode(data) : data)
      return hashing
    },
    digest: (as) => encoded(hash.digest(), as),
  }
  return hashing
}

function encoded(digest: Uint8Array, as: Encoding): string {
  if (as === 'hex') {
    let digits = ''
    for (const byte of digest) digits += (byte + 0x100).toString(16).slice(1)
    return digits
  }
  const base64 = btoa(String.fromCharCode(...digest))
  if (as === 'base64') return base64
  return base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}
