import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus, loadavg, totalmem } from 'node:os'

const OWN = ['axios', 'ky', 'got']

/** Where and with what the figures came to be. */
export interface Circumstances {
  readonly date: string
  readonly commit: string
  readonly machine: string
  /** Of the last minute, before anything was measured: far from 0, the machine was not quiet. */
  readonly load: number
  readonly versions: Readonly<Record<string, string>>
}

export function circumstances(): Circumstances {
  const { node, v8, openssl } = process.versions
  const memory = Math.round(totalmem() / 2 ** 30)
  return {
    date: new Date().toISOString().slice(0, 10),
    commit: execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim(),
    machine: `${cpus().length} × ${cpus()[0]?.model.trim()}, ${memory} GiB, ${process.platform}`,
    load: loadavg()[0] ?? 0,
    versions: { node, v8, openssl, ...ownVersions(), ...peerVersions() },
  }
}

function manifest(path: string): { version?: string; dependencies?: Record<string, string> } {
  return JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'))
}

function ownVersions(): Record<string, string> {
  return Object.fromEntries(
    OWN.map((name) => [name, manifest(`../node_modules/${name}/package.json`).version ?? '']),
  )
}

function peerVersions(): Record<string, string> {
  return manifest('../peers/package.json').dependencies ?? {}
}
