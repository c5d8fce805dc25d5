import { adapterFaults } from '@countersign/testing/contract'
import { client } from './support/client.ts'

adapterFaults(client)
