import { axiosClients, axiosSigned } from '../clients/axios.ts'
import { fetchClients, fetchSigned } from '../clients/fetch.ts'
import { gotClients, gotSigned } from '../clients/got.ts'
import { kyClients, kySigned } from '../clients/ky.ts'
import { peerClients } from '../peers.ts'
import { loopback } from './loopback.ts'

export const overFetch = loopback(
  'loopback/fetch',
  async () => [...fetchClients, ...(await peerClients('badgateway', 'google-auth'))],
  fetchSigned,
)

export const overAxios = loopback(
  'loopback/axios',
  async () => [...axiosClients, ...(await peerClients('axios-auth-refresh'))],
  axiosSigned,
)

export const overKy = loopback('loopback/ky', async () => kyClients, kySigned)

export const overGot = loopback('loopback/got', async () => gotClients, gotSigned)
