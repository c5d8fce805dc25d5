import type { Environment } from '../env.ts'
import type { Progress } from './progress.ts'

/** The progress of one transfer after the other, where there is a terminal to show it. */
export interface Meter {
  start(total: number | undefined): Promise<void>
  moved(bytes: number): void
  stop(): void
}

export function meter(stream: NodeJS.WriteStream, env: Environment): Meter {
  const live = stream.isTTY && env.TERM !== 'dumb'
  let shown: Progress | undefined
  return {
    async start(total) {
      if (live) shown = (await import('./progress.ts')).progress(stream, total)
    },
    moved: (bytes) => shown?.add(bytes),
    stop() {
      shown?.stop()
      shown = undefined
    },
  }
}
