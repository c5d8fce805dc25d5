import { existsSync } from 'node:fs'
import { playwright } from '@vitest/browser-playwright'
import { defineConfig } from 'vitest/config'

const chromium =
  process.env.CHROMIUM_PATH ??
  ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
    existsSync(path),
  )

/**
 * `@countersign/source` makes workspace imports resolve to `src/` instead of `dist/`.
 * No 'module' for Node: the AWS SDK answers it with files that only a bundler can load.
 */
const source = {
  resolve: { conditions: ['@countersign/source', 'module', 'browser', 'development|production'] },
  ssr: { resolve: { conditions: ['@countersign/source', 'node', 'development|production'] } },
}

const unit = (name: string) => ({
  ...source,
  root: `packages/${name}`,
  test: {
    name,
    include: ['test/**/*.test.ts'],
    exclude: ['test/**/*.browser.test.ts', 'test/**/*.int.test.ts'],
  },
})

export default defineConfig({
  test: {
    coverage: { provider: 'v8', include: ['packages/*/src/**'] },
    projects: [
      ...['core', 'services', 'testing', 'cli'].map(unit),
      {
        ...source,
        test: {
          name: 'types',
          include: [],
          typecheck: {
            enabled: true,
            only: true,
            include: ['packages/*/test/**/*.test-d.ts'],
            tsconfig: 'tsconfig.json',
          },
        },
      },
      {
        ...source,
        test: {
          name: 'integration',
          include: ['packages/*/test/**/*.int.test.ts'],
          testTimeout: 20_000,
          hookTimeout: 30_000,
        },
      },
      ...(chromium
        ? [
            {
              ...source,
              test: {
                name: 'browser',
                include: ['packages/*/test/**/*.browser.test.ts'],
                browser: {
                  enabled: true,
                  headless: true,
                  screenshotFailures: false,
                  provider: playwright({
                    launchOptions: { executablePath: chromium, args: ['--no-sandbox'] },
                  }),
                  instances: [{ browser: 'chromium' as const }],
                },
              },
            },
          ]
        : []),
    ],
  },
})
