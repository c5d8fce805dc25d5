import { adapterContract } from '@countersign/testing/contract'
import { vi } from 'vitest'
import { client } from './client.ts'

/** The contract again with got 14, as old as the package takes it. */
vi.mock('got', () => import('got-14'))

adapterContract(client('got 14', {}, false))
