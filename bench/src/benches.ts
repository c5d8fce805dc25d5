import type { Bench } from './bench.ts'

/** Every bench by its name, in the order of the report. A process loads only the one that it runs. */
export const benches: Readonly<Record<string, () => Promise<Bench>>> = {
  'steady/fetch': async () => (await import('./benches/steady-fetch.ts')).default,
  'steady/axios': async () => (await import('./benches/steady-axios.ts')).default,
  'steady/ky': async () => (await import('./benches/steady-ky.ts')).default,
  'steady/got': async () => (await import('./benches/steady-got.ts')).default,

  provider: async () => (await import('./benches/provider.ts')).default,
  'herds/expiry': async () => (await import('./benches/herds.ts')).herd('herds/expiry'),
  'herds/401': async () => (await import('./benches/herds.ts')).herd('herds/401'),
  'herds/late-401': async () => (await import('./benches/herds.ts')).herd('herds/late-401'),
  'herds/down': async () => (await import('./benches/herds.ts')).herd('herds/down'),
  'epi-hmac': async () => (await import('./benches/epi-hmac.ts')).default,
  blocking: async () => (await import('./benches/blocking.ts')).default,
  sigv4: async () => (await import('./benches/sigv4.ts')).default,
  weight: async () => (await import('./benches/weight.ts')).default,
  'loopback/fetch': async () => (await import('./benches/loopback-clients.ts')).overFetch,
  'loopback/axios': async () => (await import('./benches/loopback-clients.ts')).overAxios,
  'loopback/ky': async () => (await import('./benches/loopback-clients.ts')).overKy,
  'loopback/got': async () => (await import('./benches/loopback-clients.ts')).overGot,
  aws: async () => (await import('./benches/aws.ts')).default,
  growth: async () => (await import('./benches/growth.ts')).default,
  chromium: async () => (await import('./benches/chromium.ts')).default,
}
