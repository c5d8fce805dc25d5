import { describe, expect, test } from 'vitest'
import { headersOf } from '../../src/request/headers.ts'

const defaults = { 'content-type': 'application/json', 'user-agent': 'countersign/1' }

describe('-H', () => {
  test.each([
    [['X-One: 1'], { 'x-one': '1', ...defaults }],
    [['X-One:1', 'x-one: 2 '], { 'x-one': '1, 2', ...defaults }],
    [['X-Url: http://a:1/?b=c'], { 'x-url': 'http://a:1/?b=c', ...defaults }],
    [['Content-Type: text/csv'], { ...defaults, 'content-type': 'text/csv' }],
    [['content-type:', 'User-Agent: mine'], { 'user-agent': 'mine' }],
  ])('%j', (given, expected) => {
    expect(Object.fromEntries(headersOf(given, defaults))).toEqual(expected)
  })

  test('what has no value of its own is left out', () => {
    expect([...headersOf([], { 'content-type': undefined })]).toEqual([])
  })

  test.each([
    ['no colon: a-secret', "-H takes 'Name: value'"],
    ['a-secret', "-H takes 'Name: value'"],
    [': a-secret', "-H takes 'Name: value'"],
    ['x-one: a-secret\r\nx-two: 2', "-H 'x-one: …' takes visible ASCII without line breaks"],
    ['x-one: a-secret\nx-two: 2', "-H 'x-one: …' takes visible ASCII without line breaks"],
    ['x-one: a-secrét', "-H 'x-one: …' takes visible ASCII without line breaks"],
    ['x-one: a-secret\0', "-H 'x-one: …' takes visible ASCII without line breaks"],
  ])('%j is none, and is not shown', (given, message) => {
    expect(() => headersOf([given], {})).toThrow(
      expect.objectContaining({ name: 'UsageError', message }),
    )
  })
})
