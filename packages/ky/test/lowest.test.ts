import { adapterContract } from '@countersign/testing/contract'
import { vi } from 'vitest'
import { client } from './client.ts'

/** The contract again with the oldest ky that the package takes. */
vi.mock('ky', () => import('ky-lowest'))

adapterContract(client('ky 2.0'), { randomRequests: 200 })
