import { globSync, readdirSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { playwright } from '@vitest/browser-playwright'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type CoverageOptions, type TestSpecification } from 'vitest/node'
import { findAwsCli, noAwsCli } from './scripts/aws-cli.ts'
import { chromiumFlags, findChromium, noChromium } from './scripts/chromium.ts'

const chromium = findChromium()
const awsCli = findAwsCli()

// After the results, where it is seen. Vitest reads this file once per project, hence the mark.
const namesProjects = process.argv.some((argument) => argument.startsWith('--project'))
const runs = (project: string) =>
  !namesProjects || process.argv.some((it) => it === project || it === `--project=${project}`)
if (!process.env.COUNTERSIGN_LEFT_OUT) {
  process.env.COUNTERSIGN_LEFT_OUT = 'said'
  if (!chromium && runs('browser')) process.once('exit', () => console.error(noChromium))
  if (!awsCli && runs('integration')) process.once('exit', () => console.error(noAwsCli))
}

/**
 * `@countersign/source` makes workspace imports resolve to `src/` instead of `dist/`.
 * No 'module' for Node: the AWS SDK answers it with files that only a bundler can load.
 */
const source = {
  resolve: { conditions: ['@countersign/source', 'module', 'browser', 'development|production'] },
  ssr: { resolve: { conditions: ['@countersign/source', 'node', 'development|production'] } },
}

/**
 * Whether a test of the project puts another module in a module's place. Its files must then load
 * everything anew, each in a process of its own; those of the others share what they have loaded, and
 * leave no global changed.
 */
const replacesModules = (root: string) =>
  globSync(fileURLToPath(new URL(`${root}/test/**/*.test.ts`, import.meta.url))).some((path) =>
    /\bvi\.(mock|doMock)\(/.test(readFileSync(path, 'utf8')),
  )

/** A project of few files has long ones. Many short ones at the end leave no core without work. */
class FewFilesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const count = (one: TestSpecification) =>
      files.filter(({ project }) => project === one.project).length
    return (await super.sort(files)).sort((a, b) => count(a) - count(b))
  }
}

export const unit = (root: string) => ({
  ...source,
  root,
  test: {
    name: basename(root),
    isolate: replacesModules(root),
    include: ['test/**/*.test.ts'],
    exclude: ['test/**/*.{browser,fuzz,int}.test.ts'],
  },
})

const packages = readdirSync(new URL('packages', import.meta.url))

/** How much of a package its tests run at least, in percent; 95 of any other. */
const LEAST: Readonly<Record<string, number>> = {
  core: 100,
  testing: 92,
  // Its commands are tested as processes, and what runs in those is not counted.
  cli: 70,
}

/** Not by V8, which takes a default value for covered that no caller has needed, and slows down all that runs. */
const coverage: CoverageOptions = {
  provider: 'istanbul',
  // From the root, and from the root of a project that is chosen.
  include: ['packages/*/src/**', 'src/**'],
  reporter: [['text', { skipFull: true }]],
  thresholds: Object.fromEntries(
    packages.map((name) => {
      const least = LEAST[name] ?? 95
      const all = { branches: least, functions: least, lines: least, statements: least }
      return [`packages/${name}/**`, all]
    }),
  ),
}

export default defineConfig({
  test: {
    sequence: { sequencer: FewFilesFirst },
    // By default one core is left free, which is half of a small machine.
    maxWorkers: '100%',
    coverage,
    // What oidc-provider says about being started in a test.
    onConsoleLog: (log) => !log.includes('oidc-provider '),
    projects: [
      ...packages.map((name) => unit(`packages/${name}`)),
      unit('examples'),
      unit('torture'),
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
          name: 'fuzz',
          include: ['packages/*/test/**/*.fuzz.test.ts'],
          setupFiles: ['scripts/fuzz-setup.ts'],
          isolate: false,
          // COUNTERSIGN_RUNS decides how long it takes.
          testTimeout: 3_600_000,
        },
      },
      {
        ...source,
        test: {
          name: 'integration',
          isolate: false,
          include: ['packages/*/test/**/*.int.test.ts'],
          exclude: awsCli ? [] : ['packages/*/test/**/aws-cli.int.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      ...(chromium
        ? [
            {
              ...source,
              test: {
                name: 'browser',
                include: ['packages/*/test/**/*.browser.test.ts'],
                globalSetup: 'packages/core/test/support/browser-server.ts',
                browser: {
                  enabled: true,
                  headless: true,
                  screenshotFailures: false,
                  provider: playwright({
                    launchOptions: { executablePath: chromium, args: chromiumFlags },
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
