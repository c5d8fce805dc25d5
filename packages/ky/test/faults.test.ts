import { adapterFaults } from '@countersign/testing/contract'
import { client } from './client.ts'

adapterFaults(client())
