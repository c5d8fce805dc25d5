/** The clock of a demonstration: time passes in it by itself, and on demand. */
export interface Clock {
  now(): number
  /** Sets it to a time, from which it goes on. */
  set(time: number): void
  /** Makes it right again. */
  reset(): void
}

export function clock(): Clock {
  let offset = 0
  return {
    now: () => Date.now() + offset,
    set: (time) => {
      offset = time - Date.now()
    },
    reset: () => {
      offset = 0
    },
  }
}
