import { adapterFaults } from '@countersign/testing/contract'
import { client } from './client.ts'

adapterFaults(client(), {
  // got follows by itself, and reads what a redirect brings along to its end, be there one or not.
  leaves: { 'in a redirect': ['silent-in-body', 'endless-body'] },
})
