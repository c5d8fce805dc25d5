import type { Key, Unsigned } from './signer.ts'

/** The sizes of bodies that are signed. */
export const SIZES = [
  ['0 B', 0],
  ['1 KiB', 1024],
  ['100 KiB', 100 * 1024],
  ['10 MiB', 10 * 1024 * 1024],
] as const

export const KEY: Key = { id: 'bench-key', secret: btoa('a secret of the benchmarks, 32 b.') }

/** Requests to different targets, so that who remembers the last one gains nothing. */
export function requestsOf(size: number, kind: 'text' | 'bytes'): Unsigned[] {
  const data = Uint8Array.from({ length: size }, (_, i) => 97 + (i % 26))
  // Decoded rather than joined, so that it is one flat string.
  const body = kind === 'bytes' ? data : new TextDecoder().decode(data)
  return Array.from({ length: 16 }, (_, i) => ({
    method: 'POST',
    url: `https://api.example.com/v1/projects/${1000 + i}/deployments?page=${i}&state=open`,
    headers: { 'content-type': 'application/json' },
    body,
  }))
}
