import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64'
import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'

/** Draws from a seed: whoever asks in the same order draws the same again. */
export interface Dice {
  /** From 0 until before 1. */
  chance(): number
  /** A whole number, both ends included. */
  between(least: number, most: number): number
  one<T>(of: readonly T[]): T
}

/** @param stream Of one seed there are many, so that nobody's draws depend on when another draws. */
export function dice(seed: number, stream = 0): Dice {
  const generator = xoroshiro128plus(seed)
  for (let n = 0; n < stream; n++) generator.jump()
  const between = (least: number, most: number) => uniformInt(generator, least, most)
  return {
    chance: () => uniformFloat64(generator),
    between,
    one: <T>(of: readonly T[]) => of[between(0, of.length - 1)] as T,
  }
}
