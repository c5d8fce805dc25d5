import { adapterContract } from '@countersign/testing/contract'
import { vi } from 'vitest'
import { client } from './client.ts'

/** The contract again with got 14, as old as the package takes it. */
vi.mock('got', () => import('got-14'))

const oneSite =
  'got 14 takes https and http on one port for one site: what is the caller’s own goes along'
const cannot = { '30u': oneSite, '30y': oneSite }
adapterContract(client('got 14', cannot, false), { randomRequests: 200 })
