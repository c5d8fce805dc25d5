import { expect, test } from 'vitest'
import { digester, nobleDigester } from '../src/digest.ts'
import { sigv4Vectors } from './support/sigv4-vectors.ts'

test('hashes in JavaScript, since a browser has no node:crypto', () => {
  expect(navigator.userAgent).toContain('Chrome/')
  expect(digester).toBe(nobleDigester)
})

sigv4Vectors()
