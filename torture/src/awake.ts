/** Time as far as this process had a turn: a machine that does something else keeps nobody waiting. */
export interface Awake {
  /** In ms. */
  now(): number
  stop(): void
}

const BEAT = 20
/** Of a longer pause, no more is counted. */
const MOST = 100

export function awake(): Awake {
  let last = performance.now()
  let time = 0
  const timer = setInterval(() => {
    const t = performance.now()
    time += Math.min(t - last, MOST)
    last = t
  }, BEAT)
  return { now: () => Math.round(time), stop: () => clearInterval(timer) }
}
