import { sigv4 } from '@countersign/core/sigv4'
import { type Signing, signedBy } from './signer.ts'

export const REGION = 'eu-central-1'
export const SERVICE = 'execute-api'
export const SIGV4_FLOOR = 'node:crypto: one shape of request, a key kept for the day'

/** Ours, the same everywhere. */
export const ours: Signing = {
  name: 'countersign: sigv4',
  role: 'ours',
  over: SIGV4_FLOOR,
  make({ id, secret }) {
    const credentials = { accessKeyId: id, secretAccessKey: secret }
    return signedBy(sigv4({ credentials, region: REGION, service: SERVICE }))
  },
}
