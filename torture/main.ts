/**
 * `pnpm torture [--seconds 10] [--seed n] [--workers 64] [--faults 1-30]`: every service by every client
 * at once, at vendors whose tokens live for 200 ms to 2 s, who refuse, revoke and redirect, over connections
 * that break, by clocks that jump. Tells at its end whether everything is as it has to be.
 */
import { parseArgs } from 'node:util'
import { checks, summary } from './report.ts'
import { torture } from './torture.ts'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    seed: { type: 'string', default: String((Math.random() * 2 ** 31) | 0) },
    workers: { type: 'string', default: '64' },
    faults: { type: 'string', default: '1-30' },
  },
})
const { seconds, seed, workers, faults } = values
const [least = 0, most = least] = faults.split('-').map(Number)
console.log(`${seconds} s of torture by ${workers} workers, faults at ${faults} %, --seed ${seed}`)

const outcome = await torture({
  seed: Number(seed),
  seconds: Number(seconds),
  workers: Number(workers),
  faults: [least, most],
})
console.log(summary(outcome).join('\n'))
for (const { what, holds, found } of checks(outcome)) {
  console.log(`${holds ? '✓' : '✗'} ${what}`)
  if (holds) continue
  console.log(found)
  process.exitCode = 1
}
