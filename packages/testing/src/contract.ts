/**
 * The contract of every client that signs: the same numbered lines over real HTTP on loopback and
 * under MSW, and a property over random requests. For `*.test.ts` files of adapters; needs `vitest`,
 * `msw`, `fast-check` and `@countersign/core`.
 *
 * @module
 */
export type { Answer, Call, Client, Made, Make, Setup } from './contract/client.ts'
export { adapterFaults } from './contract/faults.ts'
export { epi, verifying } from './contract/proof.ts'
export { type Arrival, loopback, refusing, type Reply, type Site } from './contract/site.ts'
export { adapterContract } from './contract/suite.ts'
export { type Tokens, tokens } from './contract/tokens.ts'
