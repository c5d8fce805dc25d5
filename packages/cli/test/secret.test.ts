import { PassThrough, Readable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { withSecret } from '../src/secret.ts'
import { UsageError } from '../src/usage-error.ts'
import type { ServiceName } from '../src/variables.ts'

const never = new AbortController().signal
const input = (...pieces: (string | Buffer)[]) =>
  Readable.from(pieces, { objectMode: false }) as NodeJS.ReadStream
const read = (service: ServiceName, env: Record<string, string>, stream = input('s3cret\n')) =>
  withSecret(service, env, never, stream)

describe('--secret-stdin', () => {
  test.each<[ServiceName, Record<string, string>, string]>([
    ['optimizely-events', {}, 'OPTIMIZELY_EVENTS_TOKEN'],
    ['kalibrate', { KALIBRATE_CLIENT_ID: 'c' }, 'KALIBRATE_CLIENT_SECRET'],
    ['angus', {}, 'ANGUS_ACCESS_TOKEN'],
    ['optimizely-dxp', {}, 'OPTIMIZELY_DXP_SECRET'],
    ['amperity', {}, 'AMPERITY_TOKEN'],
    ['amperity', { AMPERITY_API_KEY_ID: 'k' }, 'AMPERITY_ISSUER_TOKEN'],
    ['amperity', { AMPERITY_CLIENT_ID_FILE: 'f' }, 'AMPERITY_CLIENT_SECRET'],
  ])('%s with %j: stands for %s', async (service, env, name) => {
    expect(await read(service, env)).toEqual({ ...env, [name]: 's3cret' })
  })

  test.each([
    [['s3', 'cret'], 's3cret'],
    [['s3cret\r\n'], 's3cret'],
    [['two\nlines\n\n'], 'two\nlines\n'],
    [[Buffer.from([0xc3]), Buffer.from([0xa9])], 'é'],
  ])('reads all of it, less its last line break: %j', async (pieces, secret) => {
    const env = await read('angus', {}, input(...pieces))
    expect(env.ANGUS_ACCESS_TOKEN).toBe(secret)
  })

  test.each([
    ['nothing', input(''), /^--secret-stdin: standard input is empty$/],
    ['an empty line', input('\n'), /^--secret-stdin: standard input is empty$/],
    ['too much', input('x'.repeat(65_537)), /^--secret-stdin: standard input is too long$/],
    [
      'a terminal',
      Object.assign(input('x'), { isTTY: true }) as NodeJS.ReadStream,
      /^--secret-stdin takes a pipe or a file: what is typed into a terminal can be seen$/,
    ],
    [
      'a folder',
      new Readable({
        read() {
          this.destroy(Object.assign(new Error('EISDIR: …'), { code: 'EISDIR' }))
        },
      }) as NodeJS.ReadStream,
      /^--secret-stdin: standard input cannot be read \(EISDIR\)$/,
    ],
  ])('%s is wrong usage', async (_, stream, words) => {
    const reading = read('angus', {}, stream)
    await expect(reading).rejects.toThrow(words)
    await expect(reading).rejects.toThrow(UsageError)
  })

  test.each(['ANGUS_ACCESS_TOKEN', 'ANGUS_ACCESS_TOKEN_FILE'])('not beside %s', async (name) => {
    await expect(read('angus', { [name]: 'x' })).rejects.toThrow(
      `${name} is set, and --secret-stdin is given: one is enough`,
    )
  })

  test('an interruption ends the wait for it', async () => {
    const controller = new AbortController()
    const silent = new PassThrough()
    const reading = withSecret(
      'angus',
      {},
      controller.signal,
      silent as unknown as NodeJS.ReadStream,
    )
    const reason = new Error('enough')
    controller.abort(reason)
    await expect(reading).rejects.toBe(reason)
    expect(silent.destroyed).toBe(true)
  })
})
