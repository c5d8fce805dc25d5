import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import type { Import } from './imports.ts'

export interface Bundle {
  /** Minified, in bytes. */
  readonly min: number
  /** And compressed. */
  readonly gzip: number
  /** It is for Node.js only. */
  readonly node: boolean
}

/** What an import adds to a bundle: for browsers, or for Node.js where it cannot be bundled for them. */
export async function bundle(what: Import, resolveDir: string): Promise<Bundle> {
  try {
    return await bundleFor('browser', what, resolveDir)
  } catch {
    return bundleFor('node', what, resolveDir)
  }
}

async function bundleFor(
  platform: 'browser' | 'node',
  { code, external = [] }: Import,
  resolveDir: string,
): Promise<Bundle> {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir },
    platform,
    external: external.flatMap((name) => [name, `${name}/*`]),
    bundle: true,
    minify: true,
    format: 'esm',
    write: false,
    logLevel: 'silent',
  })
  const output = outputFiles[0]?.contents ?? new Uint8Array()
  return {
    min: output.length,
    gzip: gzipSync(output, { level: 9 }).length,
    node: platform === 'node',
  }
}
