import { defineConfig, type UserConfig } from 'tsdown'

/** One build recipe for every package: ESM `.js` with `.d.ts`; tsdown writes `exports`. */
export default function config(entry: string[], options: UserConfig = {}): UserConfig {
  return defineConfig({
    entry,
    format: 'esm',
    platform: 'neutral',
    target: 'es2023',
    fixedExtension: false,
    deps: { neverBundle: [/^node:/] },
    dts: { sourcemap: true },
    sourcemap: true,
    outputOptions: { chunkFileNames: '[name].js', comments: { jsdoc: false } },
    exports: { devExports: '@countersign/source' },
    logLevel: 'warn',
    ...options,
  }) as UserConfig
}
