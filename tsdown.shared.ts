import { defineConfig, type UserConfig } from 'tsdown'

/** One build recipe for every package: ESM `.js` with `.d.ts`; tsdown writes `exports`. */
export default function config(entry: string[], options: UserConfig = {}): UserConfig {
  return defineConfig({
    entry,
    format: 'esm',
    platform: 'neutral',
    target: 'es2023',
    fixedExtension: false,
    dts: { sourcemap: true },
    sourcemap: true,
    exports: { devExports: '@countersign/source' },
    ...options,
  }) as UserConfig
}
