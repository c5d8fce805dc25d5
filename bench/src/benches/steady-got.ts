import type { Bench } from '../bench.ts'
import { gotClients } from '../clients/got.ts'
import { steady } from './steady.ts'

export default steady(
  'steady/got',
  'The same through got, with a stub of its `request`. The least code has no answer to a 401.',
  async () => gotClients,
) satisfies Bench
