import { setTimeout as sleep } from 'node:timers/promises'
import { inspect } from 'node:util'
import type { Awake } from './awake.ts'
import type { Caller } from './callers.ts'

/** How long it may take until every call succeeds when nothing stands in its way, in ms: errors are remembered for 5 s. */
const RECOVERY = 8_000
/** How long one try may take, in ms; twice that, if it does not hear of its end. */
const PATIENCE = 1_000

/** Calls every service by every client until each has succeeded once; names those that have not. */
export async function recovered(callers: readonly Caller[], awake: Awake): Promise<string[]> {
  const end = awake.now() + RECOVERY
  const stuck = await Promise.all(
    callers.map(async (caller) => {
      for (;;) {
        const found = await complaint(caller)
        if (!found) return []
        if (awake.now() > end) return [`${caller.name}: ${found}`]
        await sleep(100)
      }
    }),
  )
  return stuck.flat()
}

/** What is wrong with a call that nothing stands in the way of. */
async function complaint({ service, send }: Caller): Promise<string | undefined> {
  const [{ url, init } = { url: '', init: {} }] = service.requests
  const signal = AbortSignal.timeout(PATIENCE)
  const call = async () => {
    const response = await send(url, { ...init, signal })
    const text = await response.text()
    return response.ok ? undefined : `${response.status} ${text.slice(0, 200)}`
  }
  return Promise.race([call().catch(inspect), sleep(2 * PATIENCE, 'no end', { ref: false })])
}
