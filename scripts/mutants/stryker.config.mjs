/** How Stryker makes and tries the mutants of `pnpm mutants`, which says of which files. */
export default {
  testRunner: 'vitest',
  plugins: [
    './scripts/mutants/node_modules/@stryker-mutator/vitest-runner/dist/src/index.js',
    './scripts/mutants/words.ts',
  ],
  ignorers: ['words'],
  vitest: { configFile: 'scripts/mutants/vitest.config.ts', related: false },

  // The mutants live in a copy with an installation of its own: its packages must find each other there.
  tempDirName: '.cache/mutants/copies',
  ignorePatterns: ['.cache', 'dist', 'scripts/mutants/node_modules'],
  symlinkNodeModules: false,
  buildCommand: 'pnpm install --offline --frozen-lockfile',

  // Nothing in the copy is type-checked, and TypeScript 7 has not the API to rewrite its tsconfig.json with.
  disableTypeChecks: false,
  tsconfigFile: '',

  incrementalFile: '.cache/mutants/incremental.json',
  reporters: ['progress-append-only', 'json'],
  jsonReporter: { fileName: '.cache/mutants/report.json' },
  // A run that is over time counts as a kill: on a busy machine, too, only what hangs should be.
  timeoutMS: 10_000,
  // What is built while a test file is collected is `static`, and takes longer. It counts all the same.
  warnings: { slow: false },
}
