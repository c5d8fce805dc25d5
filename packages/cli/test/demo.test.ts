import { beforeAll, describe, expect, test } from 'vitest'
import { serviceNames, variables } from '../src/variables.ts'
import { command, type Ended } from './support.ts'

describe('countersign demo', () => {
  let table: Ended
  let json: Ended
  beforeAll(async () => {
    table = await command(['demo'])
    json = await command(['demo', '--json'])
    // On a machine that has much else to do.
  }, 60_000)

  test('goes through all five services in the sandbox', () => {
    const { code, stdout, stderr } = table
    expect(stderr).toBe('')
    expect(stdout).toMatch(/\n5 services, \d+ steps, 7 clients, all as expected \(.+\)\n$/)
    for (const service of serviceNames) expect(stdout).toContain(`\n${service} `)
    expect(code).toBe(0)
  })

  test('prints plain ASCII where nobody watches, within a hundred columns', () => {
    expect(table.stdout).toMatch(/^[\n -~]*$/)
    for (const line of table.stdout.split('\n')) expect(line.length).toBeLessThan(100)
  })

  test('prints colour on demand', async () => {
    const { stdout } = await command(['demo', 'angus'], { FORCE_COLOR: '1' })
    expect(stdout).toContain('\u001b[32mok')
  })

  test.each([
    [
      'optimizely-events',
      ['list it without the slash', 'the credentials are revoked', 'expired in an outage'],
    ],
    ['kalibrate', ['a query with a literal +', 'a certificate, no secret', 'the token is revoked']],
    ['amperity', ['issuer: the key is rotated', 'OAuth 2: expired', 'UI token: call']],
    ['angus', ['follow next_page', 'next_page leads elsewhere', 'the token has expired']],
    ['optimizely-dxp', ['a clock ten minutes slow', 'a header used twice', 'a wrong secret']],
  ])('%s: every step is as expected', (service, some) => {
    const rows = rowsOf(json).filter((row) => row.service === service && !row.client)
    expect(rows.filter(({ outcome }) => outcome !== 'ok')).toEqual([])
    expect(rows.map(({ step }) => step)).toEqual(expect.arrayContaining(some))
    expect(json.code).toBe(0)
  })

  test('shows every service through every client', () => {
    const counts = (text: string) => Array(7).fill(text).join('   ')
    for (const text of [
      `optimizely-events  ${counts('2 + 4')}`,
      `kalibrate          ${counts('2 + 4')}`,
      `amperity           ${counts('2 + 4')}`,
      `angus              ${counts('2 + 4')}`,
      `optimizely-dxp     ${counts('0 + 4')}`,
    ]) {
      expect(table.stdout).toContain(`\n${text}\n`)
    }
    const through = rowsOf(json).filter(({ client }) => client)
    expect(new Set(through.map(({ service, client }) => `${service} ${client}`)).size).toBe(35)
    expect(through.filter(({ outcome }) => outcome !== 'ok')).toEqual([])
  })

  test('--clients shows that alone, for the services that are named', async () => {
    const { code, stdout, stderr } = await command(['demo', 'angus', '--clients'])
    expect(stdout).toContain('\nangus              2 + 4   2 + 4')
    expect(stdout).toMatch(/\n1 service, 7 clients, all as expected \(.+\)\n$/)
    expect([stderr, code]).toEqual(['', 0])
  })

  test('shows the error that a user would see', () => {
    const wrong = rowsOf(json).find(
      ({ service, step }) => service === 'kalibrate' && step === 'a wrong secret',
    )
    expect(wrong?.note).toMatch(/answered 401 \(invalid_client: AADSTS7000215: Invalid client/)
  })

  test('goes through the services that are named, in its own order and once', async () => {
    const ended = await command(['demo', 'optimizely-dxp', 'angus', 'angus', '--json'])
    const rows = rowsOf(ended)
    expect([...new Set(rows.map(({ service }) => service))]).toEqual(['angus', 'optimizely-dxp'])
    const names = rows.map(({ service, client, step }) => [service, client, step].join())
    expect(new Set(names).size).toBe(rows.length)
    expect(ended.code).toBe(0)
  })
})

describe('wrong usage', () => {
  test('unknown services are named in one line, with the five that there are', async () => {
    const { code, stdout, stderr } = await command(['demo', 'angus', 'nobody', 'b c'])
    expect(stderr).toBe(
      `countersign: there is no service "nobody", "b c": the five are ${serviceNames.join(', ')}\n`,
    )
    expect(stdout).toBe('')
    expect(code).toBe(2)
  })

  test.each([
    [['demo', '--fast'], "unknown option '--fast'"],
    [['dance'], "unknown command 'dance'"],
    [['dmo'], "unknown command 'dmo' (Did you mean demo?)"],
    [['demo', '--live', '--clients'], "option '--clients' cannot be used with option '--live'"],
  ])('%j', async (args, words) => {
    const { code, stdout, stderr } = await command(args)
    expect(stderr).toBe(`countersign: ${words}\n`)
    expect(stdout).toBe('')
    expect(code).toBe(2)
  })
})

describe('--help', () => {
  test('explains, with examples, exit codes and every variable', async () => {
    const { code, stdout, stderr } = await command(['demo', '--help'])
    for (const { name } of Object.values(variables).flat()) expect(stdout).toContain(` ${name} `)
    for (const name of ['OPTIMIZELY_DXP_PROJECT', 'AMPERITY_PROFILE_INDEX', 'X_FILE', '--live'])
      expect(stdout).toContain(name)
    expect(stdout).toContain('countersign demo kalibrate --live')
    expect(stdout).toMatch(/0 +all as expected\n +1 +.+\n +2 +.+\n +130 +/)
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
    expect(stderr).toBe('')
    expect(code).toBe(0)
  })
})

interface Printed {
  readonly service: string
  readonly client?: string
  readonly step: string
  readonly outcome: string
  readonly note?: string
}

function rowsOf({ stdout }: Ended): Printed[] {
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Printed)
}
