import type { Bench } from '../bench.ts'
import { fetchClients } from '../clients/fetch.ts'
import { peerClients } from '../peers.ts'
import { steady } from './steady.ts'

export default steady(
  'steady/fetch',
  'A valid token of 900 characters, a stub fetch.',
  async () => [
    ...fetchClients,
    ...(await peerClients('badgateway', 'google-auth', 'azure', 'octokit', 'oauth4webapi')),
  ],
) satisfies Bench
