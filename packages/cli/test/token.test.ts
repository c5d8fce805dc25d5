import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { printToken } from '../src/token/print.ts'
import { UsageError } from '../src/usage-error.ts'
import { folder } from './cache/folder.ts'
import { open, variablesFor, WAYS } from './sandbox.ts'
import { command } from './support.ts'

// A process takes its time where many run.
vi.setConfig({ testTimeout: 30_000 })

/** What each API has for who has a token. */
const PATHS: Readonly<Record<string, string>> = {
  kalibrate: '/api/status',
  amperity: '/api/segments',
  angus: `/entities?metrics=passing_by&from_date=${new Date(Date.now() - 86_400_000).toISOString()}&time=global`,
}

const withTokens = WAYS.filter(([, service]) => !service.startsWith('optimizely'))

describe('countersign token', () => {
  test.each(withTokens)('%s: prints one that opens the API', async (_, service, pick) => {
    const { sandbox, options } = await open()
    const env = variablesFor(service, pick(options))
    const { code, stdout, stderr } = await command(['token', service, '--json'], env)
    expect([stderr, code]).toEqual(['', 0])
    const { token, type, expiresAt } = JSON.parse(stdout)
    expect(type).toBe('Bearer')
    expect(new Date(expiresAt).toISOString()).toBe(expiresAt)
    expect(Date.parse(expiresAt)).toBeGreaterThan(Date.now())
    expect(sandbox.count({ endpoint: 'api' })).toBe(0)

    const base = Object.entries(env).find(([name]) => name.endsWith('_BASE_URL'))?.[1]
    const answer = await fetch(`${base}${PATHS[service]}`, {
      headers: {
        authorization: `Bearer ${token}`,
        'user-agent': 'acme/1',
        'amperity-tenant': env.AMPERITY_TENANT ?? '',
        'api-version': '2024-04-01',
      },
    })
    expect(answer.status).toBe(200)
  })

  test.each([
    ['optimizely-events', /has no access token: `countersign credentials optimizely-events` /],
    ['optimizely-dxp', /has no access token: each request is signed by itself, and `countersign /],
    ['nobody', /^there is no service "nobody": the five are optimizely-events, kalibrate, /],
  ])('%s has none, and says what to use instead', async (service, words) => {
    const printed = printToken(service, { cache: false })
    await expect(printed).rejects.toThrow(UsageError)
    await expect(printed).rejects.toThrow(words)
  })

  test('prints it alone on a line, and once more without a request', async () => {
    const { sandbox, options } = await open()
    const env = variablesFor('angus', options.angus)
    const { stdout } = await command(['token', 'angus'], env)
    expect(stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/)
    expect((await command(['token', 'angus'], env)).stdout).toBe(stdout)
    expect(sandbox.count()).toBe(1)
  })

  test('--secret-stdin is Amperity’s secret of the way that the variables begin', async () => {
    const { options } = await open()
    const { issuer, ...rest } = options.amperity
    const env = variablesFor('amperity', { ...rest, issuer: { apiKeyId: issuer.apiKeyId } })
    const { code, stderr } = await command(
      ['token', 'amperity', '--secret-stdin'],
      env,
      issuer.token as string,
    )
    expect([stderr, code]).toEqual(['', 0])
  })

  test('a secret that is refused is one line, and not shown', async () => {
    const { options } = await open()
    const env = {
      ...variablesFor('kalibrate', options.kalibrate),
      KALIBRATE_CLIENT_SECRET: 'a-long-lived-secret-that-is-wrong',
      COUNTERSIGN_CACHE_DIR: join(folder(), 'cache'),
    }
    const { code, stdout, stderr } = await command(['token', 'kalibrate'], env)
    expect(stderr).toMatch(/^countersign: POST .+ answered 401 .+AADSTS7000215.+\n$/)
    expect(stderr).not.toContain('that-is-wrong')
    expect([stdout, code]).toEqual(['', 1])
  })
})
