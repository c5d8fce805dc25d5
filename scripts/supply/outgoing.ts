import { posix } from 'node:path'
import type { Check, Tarball } from './supply.ts'

const PAPERS = ['LICENSE', 'README.md', 'package.json']
/** Scripts that npm runs for who installs a package. */
const LIFECYCLE = ['preinstall', 'install', 'postinstall', 'prepare', 'preprepare', 'postprepare']

/** What goes out. */
export const outgoing: readonly Check[] = [
  {
    what: 'a package names the folders that it holds',
    wrong: each(({ manifest: { files } }) =>
      String(files) === 'dist,src' ? [] : [`files is ${JSON.stringify(files)}`],
    ),
    spoil: [spoilt((it) => ({ manifest: { ...it.manifest, files: ['.'] } }))],
  },
  {
    what: 'a tarball holds sources, their build and the papers, and nothing else',
    wrong: each(({ files }) => [
      ...PAPERS.filter((file) => !(file in files)).map((file) => `${file} is missing`),
      ...Object.keys(files)
        .filter((file) => !PAPERS.includes(file))
        .filter(
          (file) => !/^(?:dist\/[\w./-]+\.(?:js|d\.ts)(?:\.map)?|src\/[\w./-]+\.ts)$/.test(file),
        )
        .map((file) => `${file} does not belong there`),
      ...Object.keys(files)
        .filter((file) => /(?:^|\/)\.|\.(?:test|spec|bench)\.|(?:^|\/)test\//.test(file))
        .map((file) => `${file} is hidden, or a test`),
    ]),
    spoil: [
      spoilt(({ files }) => ({ files: without('LICENSE', files) })),
      ...['.env', 'src/.env.ts', 'src/index.test.ts', 'test/index.ts', 'dist/x.node'].map((path) =>
        spoilt(({ files }) => ({ files: { ...files, [path]: '' } })),
      ),
    ],
  },
  {
    what: 'a source map leads to sources that the tarball holds',
    wrong: each(({ files }) => [
      ...Object.keys(files).flatMap((file) => (file.endsWith('.map') ? lost(file, files) : [])),
      ...Object.entries(files).flatMap(([file, text]) => {
        const [, map] = /^\/\/# sourceMappingURL=(.*)$/m.exec(text) ?? []
        const known = !map || posix.join(posix.dirname(file), map) in files
        return known ? [] : [`${file} names ${map}, which is not there`]
      }),
    ]),
    spoil: [
      spoilt(({ files }) => ({
        files: { ...files, 'dist/x.js.map': '{"version":3,"sources":["../src/x.ts"]}' },
      })),
      spoilt(({ files }) => ({
        files: { ...files, 'dist/x.js': '//# sourceMappingURL=x.js.map\n' },
      })),
    ],
  },
  {
    what: 'no package of ours runs a script when it is installed',
    wrong: each(({ manifest: { scripts = {} }, files }) => [
      ...LIFECYCLE.filter((name) => name in scripts),
      // npm builds what has one of these, without being asked.
      ...Object.keys(files).filter((file) => file.endsWith('binding.gyp')),
    ]),
    spoil: [
      spoilt((it) => ({ manifest: { ...it.manifest, scripts: { postinstall: 'node x.js' } } })),
    ],
  },
  {
    what: 'every package says its licence, and the repository that its provenance tells',
    wrong: each(({ folder, manifest: { license, repository } }) => [
      ...(license === 'MIT' ? [] : [`its licence is ${license}`]),
      ...(repository?.url === 'git+https://github.com/countersign-auth/countersign.git' &&
      repository.directory === `packages/${folder}`
        ? []
        : [`its repository is ${JSON.stringify(repository)}`]),
    ]),
    spoil: [
      spoilt(({ manifest }) => ({ manifest: without('license', manifest) })),
      spoilt(({ manifest }) => ({
        manifest: { ...manifest, repository: { url: 'https://evil.example', directory: '' } },
      })),
    ],
  },
  {
    what: 'a tarball that is built and packed twice is the same, byte for byte',
    wrong: each(({ hashes: [first, second] }) =>
      first && first === second ? [] : ['it is another one'],
    ),
    spoil: [
      spoilt(({ hashes: [first = ''] }) => ({ hashes: [first, first.replace(/^./, 'x')] })),
      spoilt(() => ({ hashes: [] })),
    ],
  },
]

/** One for each package, named by it. No package at all is wrong, too. */
function each(wrong: (it: Tarball) => string[]): Check['wrong'] {
  return ({ tarballs }) =>
    tarballs.length === 0
      ? ['there are no tarballs']
      : tarballs.flatMap((it) => wrong(it).map((line) => `packages/${it.folder}: ${line}`))
}

function spoilt(change: (it: Tarball) => Partial<Tarball>): Check['spoil'][number] {
  return ({ tarballs }) => tarballs.forEach((it) => Object.assign(it, change(it)))
}

function without<T extends object>(name: keyof T, all: T): T {
  return Object.fromEntries(Object.entries(all).filter(([one]) => one !== name)) as T
}

/** What a source map names that is neither in the tarball nor in the map itself. */
function lost(map: string, files: Tarball['files']): string[] {
  const { sources = [] } = JSON.parse(files[map] ?? '{}') as { sources?: string[] }
  return sources
    .filter((source) => !(posix.join(posix.dirname(map), source) in files))
    .map((source) => `${map} names ${source}, which is not there`)
}
