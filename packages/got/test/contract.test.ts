import { adapterContract } from '@countersign/testing/contract'
import { client } from './client.ts'

adapterContract(client())
