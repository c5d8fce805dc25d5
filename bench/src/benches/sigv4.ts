import type { Bench } from '../bench.ts'
import { peers } from '../peers.ts'
import { ours } from '../signers/sigv4.ts'
import { byHand } from '../signers/sigv4-node.ts'
import { verifySigV4 } from '../signers/verify.ts'
import { signing } from './signing.ts'

const signings = async () => [
  ...byHand,
  ours,
  ...(await peers('aws4', 'aws4fetch', 'smithy')).flatMap(({ sigv4 = [] }) => sigv4),
]

export default signing('sigv4', signings, verifySigV4) satisfies Bench
