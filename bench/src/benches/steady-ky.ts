import type { Bench } from '../bench.ts'
import { kyClients } from '../clients/ky.ts'
import { steady } from './steady.ts'

export default steady(
  'steady/ky',
  'The same through ky, with a stub fetch. Its own timers and signals make it the noisiest.',
  async () => kyClients,
) satisfies Bench
