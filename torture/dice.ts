import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64'
import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'

/** Draws from a seed: the same one draws the same again, as far as it is asked in the same order. */
export interface Dice {
  /** From 0 until before 1. */
  chance(): number
  /** A whole number, both ends included. */
  between(least: number, most: number): number
  one<T>(of: readonly T[]): T
}

export function dice(seed: number): Dice {
  const generator = xoroshiro128plus(seed)
  const between = (least: number, most: number) => uniformInt(generator, least, most)
  return {
    chance: () => uniformFloat64(generator),
    between,
    one: <T>(of: readonly T[]) => of[between(0, of.length - 1)] as T,
  }
}
