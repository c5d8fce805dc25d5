import { CountersignError, ExchangeError, OptionError, SigningError } from '@countersign/core'
import { describe, expect, test } from 'vitest'

const made = {
  CountersignError: new CountersignError('expired-value', 'too late'),
  SigningError: new SigningError('signing-failed', 'no way'),
  ExchangeError: new ExchangeError('exchange-refused', 'said no', { retryable: false }),
  OptionError: new OptionError('key', 'is missing'),
}

test.each(Object.entries(made))('%s tells its name', (name, error) => {
  expect(error.name).toBe(name)
  expect(String(error)).toBe(`${name}: ${error.message}`)
  expect(Object.keys(error)).not.toContain('name')
})

test('a mistake in the options is a TypeError with a code, and names the option', () => {
  const { OptionError: error } = made
  expect(error).toBeInstanceOf(TypeError)
  expect(error).toMatchObject({
    code: 'invalid-option',
    option: 'key',
    message: 'key is missing',
  })
})

describe('the cause', () => {
  test('is there where there is one', () => {
    const cause = new Error('the network')
    expect(new SigningError('signing-failed', 'no way', { cause }).cause).toBe(cause)
  })

  test('is not there where there is none, so that nobody prints an undefined one', () => {
    expect(made.SigningError).not.toHaveProperty('cause')
    expect(new CountersignError('expired-value', '', { retryable: true })).not.toHaveProperty(
      'cause',
    )
  })
})
