import type { MergedTable } from './merge.ts'

/** Looks up a figure. */
export type Figures = (table: string, entry: string, column: string) => number | undefined

/** Something that is to be reached. */
export interface Goal {
  readonly what: string
  readonly goal: string
  /** What is measured must not be greater than this. */
  readonly bound: number
  /** Must not be less than the bound. */
  readonly atLeast?: boolean
  readonly unit: string
  measured(figures: Figures): number | undefined
}

export function figuresOf(tables: readonly MergedTable[]): Figures {
  return (table, entry, column) => {
    const rows = tables.find(({ name }) => name === table)?.rows
    return rows?.find((row) => row.entry === entry)?.cells[column]?.value
  }
}

type Most = Omit<Goal, 'measured'> & { at: [table: string, entry: string, column: string] }

function most({ at: [table, entry, column], ...goal }: Most): Goal {
  return { ...goal, measured: (figures) => figures(table, entry, column) }
}

/** The relation of two figures in one table. */
function share(table: string, entry: string, floor: string, column: string): Goal['measured'] {
  return (figures) => {
    const own = figures(table, entry, column)
    const base = figures(table, floor, column)
    return own === undefined || base === undefined ? undefined : own / base
  }
}

const OURS = {
  fetch: 'countersign: signedFetch',
  axios: 'countersign: axios',
  ky: 'countersign: ky',
  got: 'countersign: got',
} as const

const CLIENTS = ['fetch', 'axios', 'ky', 'got'] as const

const steady: readonly Goal[] = [
  most({
    what: 'fetch, over a constant header in `init`',
    goal: '≤ 200 ns',
    bound: 200,
    unit: 'ns',
    at: ['steady/fetch', OURS.fetch, 'over'],
  }),
  most({
    what: 'fetch, allocated over a constant header',
    goal: '≤ 300 B',
    bound: 300,
    unit: 'B',
    at: ['steady/fetch', OURS.fetch, 'bytesOver'],
  }),
  most({
    what: 'axios, over an adapter that sets a constant header',
    goal: '≤ 500 ns',
    bound: 500,
    unit: 'ns',
    at: ['steady/axios', OURS.axios, 'over'],
  }),
  {
    what: 'ky, over a fetch wrap with a constant header',
    goal: '≤ 1.1 × the least code',
    bound: 1.1,
    unit: '×',
    measured: share('steady/ky', OURS.ky, 'ky: least code', 'over'),
  },
  {
    what: 'got, over a constant header',
    goal: '≤ 1.2 × the least code',
    bound: 1.2,
    unit: '×',
    measured: share('steady/got', OURS.got, 'got: least code', 'over'),
  },
  most({
    what: 'cached provider, over a property read and `Date.now()`',
    goal: '≤ 1.3 ×',
    bound: 1.3,
    unit: '×',
    at: ['provider', 'countersign: cached', 'ratio'],
  }),
  most({
    what: 'AWS provider, awaited',
    goal: '≤ 80 ns',
    bound: 80,
    unit: 'ns',
    at: ['provider', 'countersign: awsCredentials', 'ns'],
  }),
]

const HERDS = ['herds/expiry', 'herds/401', 'herds/late-401']

/** The worst of what the three herds have in common. */
function worst(entry: string, column: string): Goal['measured'] {
  return (figures) => {
    const all = HERDS.map((table) => figures(table, entry, column) ?? Number.NaN)
    return all.some(Number.isNaN) ? undefined : Math.max(...all)
  }
}

const herds: readonly Goal[] = CLIENTS.flatMap((client) => {
  const what = `${client}, at an expiry, at 401s and at late ones`
  const entry = OURS[client]
  return [
    {
      what: `${what}: token requests`,
      goal: '1',
      bound: 1,
      unit: '',
      measured: worst(entry, 'grants'),
    },
    {
      what: `${what}: failures`,
      goal: '0',
      bound: 0,
      unit: '',
      measured: worst(entry, 'failed'),
    },
    {
      what: `${what}: time, × ideal`,
      goal: '≤ 1.15 ×',
      bound: 1.15,
      unit: '×',
      measured: worst(entry, 'ideal'),
    },
    most({
      what: `${client}, the token endpoint down once: token requests`,
      goal: '2',
      bound: 2,
      unit: '',
      at: ['herds/down', entry, 'grants'],
    }),
    most({
      what: `${client}, the token endpoint down once: failures`,
      goal: '0',
      bound: 0,
      unit: '',
      at: ['herds/down', entry, 'failed'],
    }),
  ]
})

const signers: readonly Goal[] = [
  ...(
    [
      ['0 B', 1.2],
      ['1 KiB', 1.15],
      ['100 KiB', 1.02],
      ['10 MiB', 1.02],
    ] as const
  ).map(([size, bound]) =>
    most({
      what: `epi-hmac, ${size}, strings in and headers out`,
      goal: `≤ ${bound} × the fastest node:crypto`,
      bound,
      unit: '×',
      at: [`epi-hmac/${size}, text`, 'countersign: hmac', 'ratio'],
    }),
  ),
  ...(['text', 'bytes'] as const).map((kind) =>
    most({
      what: `a body of 10 MiB as ${kind}: the event loop stands still`,
      goal: '≤ 20 ms',
      bound: 20,
      unit: 'ms',
      at: [`blocking/${kind}`, 'countersign: signedFetch(hmac())', 'longest'],
    }),
  ),
  ...(['0 B', '1 KiB', '100 KiB', '10 MiB'] as const).map((size) =>
    most({
      what: `SigV4, ${size}`,
      goal: '≤ 1.6 × the floor',
      bound: 1.6,
      unit: '×',
      at: [`sigv4/${size}, text`, 'countersign: sigv4', 'ratio'],
    }),
  ),
]

const FOUR = '@countersign/core: signedFetch, bearer, cached, clientCredentials'

const weight: readonly Goal[] = [
  most({
    what: '`signedFetch`, `bearer`, `cached`, `clientCredentials`, minified and gzipped',
    goal: '≤ 2.5 kB',
    bound: 2.5,
    unit: 'kB',
    at: ['weight', FOUR, 'gzip'],
  }),
  most({
    what: 'cold import, over an empty module',
    goal: '≤ 2 ms',
    bound: 2,
    unit: 'ms',
    at: ['weight', FOUR, 'time'],
  }),
  most({
    what: '`hmac` without its hash library',
    goal: '≤ 1.5 kB',
    bound: 1.5,
    unit: 'kB',
    at: ['weight', '@countersign/core/hmac: hmac', 'gzip'],
  }),
  most({
    what: '`sigv4` without its hash library',
    goal: '≤ 1.7 kB',
    bound: 1.7,
    unit: 'kB',
    at: ['weight', '@countersign/core/sigv4: sigv4', 'gzip'],
  }),
]

const loopback: readonly Goal[] = CLIENTS.flatMap((client) => [
  most({
    what: `loopback, 64 connections, ${client}, bearer`,
    goal: 'at least 0.99 × constant header',
    bound: 0.99,
    atLeast: true,
    unit: '×',
    at: [`loopback/${client}, 64 connections`, OURS[client], 'ratio'],
  }),
  most({
    what: `loopback, 64 connections, ${client}, epi-hmac`,
    goal: 'at least 0.93 × constant header',
    bound: 0.93,
    atLeast: true,
    unit: '×',
    at: [`loopback/${client}, 64 connections`, `countersign: ${client}, epi-hmac`, 'ratio'],
  }),
])

export const goals: readonly Goal[] = [...steady, ...herds, ...signers, ...weight, ...loopback]
