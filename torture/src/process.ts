import { setTimeout as sleep } from 'node:timers/promises'

/** Does its work, and notes every unhandled rejection, uncaught exception and warning meanwhile. */
export async function watched<T>(
  work: () => Promise<T>,
): Promise<{ result: T; alarms: readonly unknown[] }> {
  const alarms: unknown[] = []
  const alarm = (what: unknown) => void alarms.push(what)
  const names = ['unhandledRejection', 'uncaughtException', 'warning']
  for (const name of names) process.on(name, alarm)
  try {
    return { result: await work(), alarms }
  } finally {
    for (const name of names) process.off(name, alarm)
  }
}

/** The heap once everything that is over has been collected, in bytes. */
export async function settledHeap(): Promise<number> {
  const { gc } = globalThis
  if (!gc) throw new Error('The heap can be measured under `node --expose-gc` only')
  for (let n = 0; n < 4; n++) {
    await sleep(50)
    gc()
  }
  return process.memoryUsage().heapUsed
}

/** What holds the process. */
export const handles = (): readonly string[] => process.getActiveResourcesInfo().toSorted()

/** The same, once the clients have noticed that their servers are gone, or after 5 s. */
export async function handlesAsBefore(before: readonly string[]): Promise<readonly string[]> {
  const end = performance.now() + 5_000
  for (;;) {
    const after = handles()
    if (String(after) === String(before) || performance.now() > end) return after
    await sleep(50)
  }
}
