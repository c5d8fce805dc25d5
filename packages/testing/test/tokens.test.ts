import { expect, test } from 'vitest'
import { tokens } from '../src/tokens.ts'
import { clock, START } from './support.ts'

test('a token is good until its time comes', () => {
  const { now, advance } = clock()
  const book = tokens(now)
  book.enter('a', START + 1000)
  advance(999)
  expect(book.standing('a')).toBe('good')
  advance(1)
  expect(book.standing('a')).toBe('expired')
  expect(book.standing(undefined)).toBe('unknown')
})

test('what befalls the tokens so far spares those to come', () => {
  const book = tokens(() => START)
  book.enter('a', START + 1)
  book.expire()
  book.enter('b', START + 1)
  expect([book.standing('a'), book.standing('b')]).toEqual(['expired', 'good'])
  book.revoke()
  book.enter('c', START + 1)
  expect(['a', 'b', 'c'].map(book.standing)).toEqual(['revoked', 'revoked', 'good'])
})

test('a token lives on when it is deposed, but never longer than it would have', () => {
  const { now, advance } = clock()
  const book = tokens(now)
  book.enter('short', START + 10)
  book.enter('long', START + 1000)
  book.depose(START + 100)
  advance(10)
  expect(['short', 'long'].map(book.standing)).toEqual(['expired', 'good'])
  advance(90)
  expect(book.standing('long')).toBe('expired')
})

test('a second rotation ends what the first has deposed', () => {
  const book = tokens(() => START)
  book.enter('a', START + 1000)
  book.depose(START + 1000)
  book.enter('b', START + 1000)
  book.depose(START + 1000)
  expect(['a', 'b'].map(book.standing)).toEqual(['revoked', 'good'])
})

test('beyond its capacity the book forgets the oldest token', () => {
  const book = tokens(() => START, 2)
  for (const token of ['a', 'b', 'c']) book.enter(token, START + 1)
  expect(['a', 'b', 'c'].map(book.standing)).toEqual(['unknown', 'good', 'good'])
})
