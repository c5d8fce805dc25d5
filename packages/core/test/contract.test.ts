import { adapterContract } from '@countersign/testing/contract'
import { client } from './support/client.ts'

adapterContract(client)
