import { adapterContract } from '@countersign/testing/contract'
import { vi } from 'vitest'
import { client } from './client.ts'

/** The contract again with the oldest axios that the package takes. */
vi.mock('axios', () => import('axios-lowest'))

const cannot = {
  '14c': 'axios 1.7.0 takes headers as an object',
  '14d': 'axios 1.7.0 takes headers as an object',
}
adapterContract(client('http', ' 1.7', cannot), { randomRequests: 200 })
adapterContract(client('fetch', ' 1.7', cannot), { randomRequests: 200 })
