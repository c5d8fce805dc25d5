import { type Check, ours, type Supply } from './supply.ts'

/** Licences that ask for nothing but to be named. */
const LICENCES = [
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'ISC',
  'MIT',
]
/** Dependencies that may run a script when they are installed: none. */
const MAY_BUILD: readonly string[] = []
/** Settings of pnpm that would let others do so, or let in what the lockfile does not pin. */
const NEVER = ['dangerouslyAllowAllBuilds', 'onlyBuiltDependencies', 'onlyBuiltDependenciesFile']

const LOCKFILES = ['', 'bench/peers/', 'scripts/mutants/'].map(
  (folder) => `${folder}pnpm-lock.yaml`,
)

/** What comes in. */
export const incoming: readonly Check[] = [
  {
    what: 'every package of a lockfile is pinned by SHA-512, and by nothing else',
    wrong: ({ lockfiles }) => [
      ...LOCKFILES.flatMap((file) =>
        Object.keys(lockfiles[file]?.packages ?? {}).length > 0 ? [] : [`${file} has no packages`],
      ),
      ...Object.entries(lockfiles).flatMap(([file, { packages }]) =>
        Object.entries(packages).flatMap(([name, { resolution }]) => {
          const { integrity = '', ...others } = resolution
          const pinned = /^sha512-[\w+/]{86}==$/.test(integrity) && Object.keys(others).length === 0
          return pinned ? [] : [`${name} in ${file}: ${JSON.stringify(resolution)}`]
        }),
      ),
    ],
    spoil: [
      ({ lockfiles }) => delete lockfiles['bench/peers/pnpm-lock.yaml'],
      ({ lockfiles }) => delete firstOf(firstOf(lockfiles).packages).resolution.integrity,
      ({ lockfiles }) => {
        firstOf(firstOf(lockfiles).packages).resolution.tarball = 'https://evil.example/it.tgz'
      },
      ({ lockfiles }) => {
        firstOf(firstOf(lockfiles).packages).resolution.integrity =
          'sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk='
      },
    ],
  },
  {
    what: 'no dependency runs a script when it is installed',
    wrong: ({ settings }) =>
      Object.entries(settings).flatMap(([file, { allowBuilds = {}, ...others }]) => [
        ...Object.entries(allowBuilds).flatMap(([name, allowed]) =>
          allowed === false || MAY_BUILD.includes(name) ? [] : [`${name} may, by ${file}`],
        ),
        ...NEVER.filter((name) => name in others).map((name) => `${name} is set in ${file}`),
      ]),
    spoil: [
      ({ settings }) => {
        firstOf(settings, 'pnpm-workspace.yaml').allowBuilds = { evil: true }
      },
      ({ settings }) => {
        firstOf(settings, 'pnpm-workspace.yaml').dangerouslyAllowAllBuilds = true
      },
    ],
  },
  {
    what: 'the dependencies of each of our packages are those of the table in CONTRIBUTING.md',
    wrong(supply) {
      const told = reasons(supply)
      const had = dependencies(supply)
      return [
        ...had.filter((one) => !told.includes(one)).map((one) => `${one}: nothing says why`),
        ...told.filter((one) => !had.includes(one)).map((one) => `${one}: it is none`),
      ]
    },
    spoil: [
      ({ tarballs }) => {
        Object.assign(tarballs[0] ?? {}, {
          manifest: { ...tarballs[0]?.manifest, dependencies: { 'left-pad': '1.3.0' } },
        })
      },
      (supply) => {
        Object.assign(supply, {
          contributing: supply.contributing.replace(
            '| `jose` | ',
            '| `jose` | `@countersign/ky`, ',
          ),
        })
      },
      (supply) => Object.assign(supply, { contributing: '' }),
    ],
  },
  {
    what: 'what the users of our packages get is all under a permissive licence',
    wrong: ({ licences }) => [
      ...(Object.keys(licences).length > 0 ? [] : ['no licence is known']),
      ...Object.entries(licences).flatMap(([licence, list]) => {
        const choice = licence.replace(/^\((.*)\)$/, '$1').split(' OR ')
        const allowed = choice.some((one) => LICENCES.includes(one))
        return allowed ? [] : list.map(({ name }) => `${name} is ${licence}`)
      }),
    ],
    spoil: [
      ({ licences }) => {
        licences['GPL-3.0-only'] = [{ name: 'evil' }]
      },
      ({ licences }) => {
        licences.Unknown = [{ name: 'evil' }]
      },
      (supply) => Object.assign(supply, { licences: {} }),
    ],
  },
]

/** `<package>: <dependency>` for each row of the table, and each package that it names. */
function reasons({ contributing }: Supply): string[] {
  const rows = contributing.matchAll(/^\| `([^`]+)` \| ([^|]*`[^|]*) \| [^|]+ \|$/gm)
  return [...rows].flatMap(([, dependency = '', places = '']) => {
    const entries = [...places.matchAll(/`([^`]+)`/g)].map(([, place = '']) => place)
    // An entry such as `@countersign/core/jwt`, or `/sigv4` after one, is of the package before it.
    const names = entries.map((place) => /^(?:@[^/]+\/)?[^/]+/.exec(place)?.[0])
    return [...new Set(names)].flatMap((name) => (name ? [`${name}: ${dependency}`] : []))
  })
}

function dependencies({ tarballs }: Supply): string[] {
  return tarballs.flatMap(({ manifest }) => {
    const { name, dependencies: own, optionalDependencies, peerDependencies } = manifest
    return Object.keys({ ...own, ...optionalDependencies, ...peerDependencies }).flatMap((one) =>
      ours.has(one) ? [] : [`${name}: ${one}`],
    )
  })
}

/** A member to spoil: the first one, unless it is named. */
function firstOf<T>(all: Record<string, T>, name: string = Object.keys(all)[0] ?? ''): Writable<T> {
  return all[name] as Writable<T>
}

type Writable<T> = { -readonly [K in keyof T]: T[K] }
