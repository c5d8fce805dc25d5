import { digester } from './digest.ts'

/** In hex digits: 128 bits. */
const LENGTH = 32
/** How many are drawn at once: a draw costs more than what is drawn. */
const DRAWN = 64

/** Random nonces, none of them used twice. */
export function randomNonces(): () => string {
  let pool = ''
  let at = 0
  return () => {
    if (at === pool.length) {
      pool = digester.random((DRAWN * LENGTH) / 2)
      at = 0
    }
    at += LENGTH
    return pool.slice(at - LENGTH, at)
  }
}
