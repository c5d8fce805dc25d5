import type { Bench } from '../bench.ts'
import { peers } from '../peers.ts'
import { ours } from '../signers/epi-hmac.ts'
import { byHand } from '../signers/epi-hmac-node.ts'
import { forTheWeb } from '../signers/epi-hmac-web.ts'
import { verifyEpiHmac } from '../signers/verify.ts'
import { signing } from './signing.ts'

const signings = async () => [
  ...byHand,
  ours,
  ...forTheWeb,
  ...(await peers('crypto-js')).flatMap(({ epiHmac = [] }) => epiHmac),
]

export default signing('epi-hmac', signings, verifyEpiHmac) satisfies Bench
