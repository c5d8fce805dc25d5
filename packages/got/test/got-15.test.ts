import { adapterContract } from '@countersign/testing/contract'
import { vi } from 'vitest'
import { client } from './client.ts'

/** The contract again with got 15, as old as the package takes it. */
vi.mock('got', () => import('got-15'))

adapterContract(
  client('got 15', {
    '30v': 'got 15 takes the body of a 307 or 308 off at the border',
  }),
  { randomRequests: 200 },
)
