import { adapterFaults } from '@countersign/testing/contract'
import * as undici from 'undici'
import { fetching, request } from './client.ts'

adapterFaults(request(undici, {}))
adapterFaults(fetching('fetch', undici, {}))
