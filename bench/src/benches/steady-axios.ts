import type { Bench } from '../bench.ts'
import { axiosClients } from '../clients/axios.ts'
import { peerClients } from '../peers.ts'
import { steady } from './steady.ts'

export default steady('steady/axios', 'The same through axios, with a stub adapter.', async () => [
  ...axiosClients,
  ...(await peerClients('axios-auth-refresh')),
]) satisfies Bench
