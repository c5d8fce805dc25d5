import { createSandbox } from '@countersign/testing'
import { describe, expect, test } from 'vitest'
import { Off, Skip } from '../src/demo/expect.ts'
import { run } from '../src/demo/run.ts'
import { mask, secretsIn, spoilt } from '../src/demo/secrets.ts'
import { type House, stage } from '../src/demo/stage.ts'
import type { Step } from '../src/demo/step.ts'

const SECRET = 'a-secret-of-some-length'

async function gone(step: Partial<Step>, house?: House, patience?: number) {
  const own = stage('angus', house, {})
  own.keep({ accessToken: SECRET })
  const whole: Step = { title: 'a step', requests: [0, 0], run: () => 'done', ...step }
  const acts = [{ service: 'angus', stage: own, steps: [whole] }] as const
  const [row] = await run(acts, { row: () => {} }, patience)
  return row
}

describe('a step', () => {
  test('that is as expected', async () => {
    expect(await gone({})).toMatchObject({
      service: 'angus',
      step: 'a step',
      outcome: 'ok',
      result: 'done',
      requests: { token: 0, api: 0 },
    })
  })

  test('that makes another number of requests is off', async () => {
    expect(await gone({ requests: [1, 2] })).toMatchObject({
      outcome: 'off',
      expected: '1 token + 2 API requests',
      seen: '0 token + 0 API requests (done)',
    })
  })

  test('that sees something else is off, and shows both', async () => {
    const run = () => {
      throw new Off('200', '503')
    }
    expect(await gone({ run })).toMatchObject({ outcome: 'off', expected: '200', seen: '503' })
  })

  test('that fails otherwise is off, with the cause of it', async () => {
    const run = async () => {
      throw new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') })
    }
    expect(await gone({ run })).toMatchObject({
      outcome: 'off',
      expected: 'no error',
      seen: 'TypeError: fetch failed (connect ECONNREFUSED)',
    })
  })

  test('that does not end is off', async () => {
    const run = () => new Promise<string>(() => {})
    expect(await gone({ run }, undefined, 1)).toMatchObject({ outcome: 'off', expected: 'an end' })
  })

  test('that cannot be gone through is left out', async () => {
    const run = () => {
      throw new Skip('needs more')
    }
    expect(await gone({ run })).toMatchObject({ outcome: 'skipped', result: 'needs more' })
    expect(await gone({ sandboxOnly: true })).toMatchObject({
      outcome: 'skipped',
      result: 'sandbox only',
    })
    const house = { sandbox: createSandbox(), clock: { now: Date.now, reset: () => {} } }
    expect(await gone({ sandboxOnly: true }, house as unknown as House)).toMatchObject({
      outcome: 'ok',
    })
  })

  test('shows no secret, whatever it says', async () => {
    const rows = await Promise.all([
      gone({ run: () => ({ result: SECRET, note: SECRET }) }),
      gone({
        run: () => {
          throw new Off(SECRET, SECRET)
        },
      }),
      gone({ run: () => Promise.reject(new Error(SECRET)) }),
      gone({ requests: [1, 0], run: () => SECRET }),
    ])
    expect(JSON.stringify(rows)).not.toContain(SECRET)
    expect(JSON.stringify(rows)).toContain('***')
  })
})

test('a step that is off does not end the run', async () => {
  const own = stage('angus', undefined, {})
  const off = () => {
    throw new Off('this', 'that')
  }
  const steps: Step[] = [
    { title: 'one', requests: [0, 0], run: off },
    { title: 'two', requests: [0, 0], run: () => 'done' },
  ]
  const told: string[] = []
  const rows = await run([{ service: 'angus', stage: own, steps }], {
    begin: (_, step) => told.push(`begin ${step}`),
    row: ({ step }) => told.push(`row ${step}`),
  })
  expect(rows.map(({ outcome }) => outcome)).toEqual(['off', 'ok'])
  expect(told).toEqual(['begin one', 'row one', 'begin two', 'row two'])
})

describe('secrets', () => {
  test('are found wherever they lie among options', () => {
    const options = {
      tenant: 'acme',
      clientSecret: 'one',
      issuer: { apiKeyId: 'id', token: 'two' },
      tokenEndpoint: 'https://id.example/token',
      token: undefined,
      now: Date.now,
    }
    expect(secretsIn(options)).toEqual(['one', 'two'])
  })

  test('are masked, but for such as are too short to be any', () => {
    expect(mask('Bearer s3cret-token, no', ['no', '', 's3cret-to', 's3cret-token'])).toBe(
      'Bearer ***, no',
    )
  })

  test.each(['AAAAAAAAAA', 'eyJhbGciOiJub25lIn0.e30.c2ln', 'c2VjcmV0IQ==', 'x', 'abcdef'])(
    'are spoilt in one character: %s',
    (secret) => {
      const wrong = spoilt(secret)
      expect(wrong).toHaveLength(secret.length)
      expect([...wrong].filter((letter, i) => letter !== secret[i])).toHaveLength(1)
    },
  )
})
