import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Environment, optionsFrom } from '../src/env.ts'
import { UsageError } from '../src/usage-error.ts'
import { serviceNames, variables } from '../src/variables.ts'

const names = Object.values(variables).flatMap((all) => all.map(({ name }) => name))
const others = ['__proto__', 'constructor', 'PATH']
const value = fc.oneof(
  fc.constantFrom(undefined, '', ' ', '\n', 'S3CR3T', 'https://api.example'),
  fc.string({ unit: 'binary' }),
  fc.string().map((text) => `${text}S3CR3T`),
)
const path = fc.constantFrom(
  undefined,
  '',
  'S3CR3T',
  '/no/such/file',
  '/',
  '\0',
  import.meta.filename,
)
const environment: fc.Arbitrary<Environment> = fc
  .tuple(
    fc.dictionary(fc.constantFrom(...names, ...others), value),
    fc.dictionary(fc.constantFrom(...names.map((name) => `${name}_FILE`)), path),
  )
  .map(([values, paths]) => ({ ...values, ...paths }))

test('any environment is options of known names, or a mistake that quotes no value', () => {
  fc.assert(
    fc.property(fc.constantFrom(...serviceNames), environment, (service, env) => {
      const all = variables[service]
      try {
        const options = optionsFrom(service, env) as object
        const known = all.map(({ option }) => option.split('.')[0])
        expect(known).toEqual(expect.arrayContaining(Object.keys(options)))
        for (const { name, optional, way } of all) {
          if (!optional && !way) expect(env[name] ?? env[`${name}_FILE`]).toBeTruthy()
        }
      } catch (error) {
        expect(error).toBeInstanceOf(UsageError)
        const { message } = error as Error
        expect(message.startsWith(`${service}: `)).toBe(true)
        expect(message).not.toContain('S3CR3T')
        expect(message).toMatch(/^\P{Cc}+$/u)
      }
    }),
    {
      examples: [
        ['angus', { ANGUS_ACCESS_TOKEN_FILE: 'S3CR3T' }],
        ['angus', { ANGUS_USERNAME_FILE: '\u001b[2J' }],
        [
          'amperity',
          JSON.parse('{"__proto__":{"AMPERITY_TENANT":"acme"},"AMPERITY_TOKEN":"S3CR3T"}'),
        ],
      ],
    },
  )
})
