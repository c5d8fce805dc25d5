import { expect, test } from 'vitest'
import { type Mounted, overBoth, START } from './support.ts'

const MINUTE = 60_000

const ask = ({ fetch, options }: Mounted, query = '', token = options.optimizelyEvents.token) =>
  fetch(`${options.optimizelyEvents.baseUrl}/export/credentials${query}`, {
    headers: { authorization: `Bearer ${token}` },
  })

overBoth((open) => {
  test('a personal access token is good for AWS credentials of an hour', async () => {
    const mounted = await open({ now: () => START })
    const answer = await ask(mounted)
    expect(answer.status).toBe(200)
    const body = await answer.json()
    expect(body).toEqual({
      credentials: {
        accessKeyId: expect.stringMatching(/^ASIA[0-9A-Z]{16}$/),
        secretAccessKey: expect.stringMatching(/^[\w+/]{40}$/),
        sessionToken: expect.any(String),
        expiration: START + 60 * MINUTE,
      },
      s3Path: expect.stringMatching(/^s3:\/\/optimizely-events-data\/v1\/account_id=\d+$/),
    })
    const [issued] = mounted.sandbox.issued
    expect(issued).toEqual({
      ...body.credentials,
      accountId: body.s3Path.split('=')[1],
    })
  })

  test.each([
    ['15m', 15],
    ['15M', 15],
    ['45m', 45],
    ['60m', 60],
    ['1h', 60],
    ['1H', 60],
  ])('a duration of %s is granted', async (duration, minutes) => {
    const mounted = await open({ now: () => START })
    const { credentials } = await (await ask(mounted, `?duration=${duration}`)).json()
    expect(credentials.expiration).toBe(START + minutes * MINUTE)
  })

  test.each(['14m', '61m', '2h', '0h', '900s', '15', 'h', '', '-15m'])(
    'a duration of "%s" is a 400',
    async (duration) => {
      const mounted = await open()
      const answer = await ask(mounted, `?duration=${duration}`)
      expect(answer.status).toBe(400)
      expect(mounted.sandbox.issued).toEqual([])
    },
  )

  test('another token, or one that was revoked, is a 401 in the vendor’s words', async () => {
    const mounted = await open()
    const wrong = await ask(mounted, '', 'wrong')
    expect([wrong.status, await wrong.json()]).toEqual([
      401,
      {
        code: expect.any(String),
        message: 'Invalid/Expired credentials',
        messages: {},
        uuid: expect.stringMatching(/^[0-9a-f-]{36}$/),
      },
    ])
    mounted.sandbox.revoke('optimizelyEvents', 'credentials')
    expect((await ask(mounted)).status).toBe(401)
  })

  test('the path may end in a slash', async () => {
    const mounted = await open({ optimizelyEvents: { slash: true } })
    expect((await (await ask(mounted)).json()).s3Path).toMatch(/\d\/$/)
  })

  test('what was issued expires and is revoked in the vendor’s book', async () => {
    const mounted = await open({ now: () => START, lifetimes: { optimizelyEvents: MINUTE } })
    const { credentials } = await (await ask(mounted)).json()
    expect(credentials.expiration).toBe(START + MINUTE)
    mounted.sandbox.expire('optimizelyEvents')
    expect(mounted.sandbox.issued).toMatchObject([{ expiration: START }])
    mounted.sandbox.shorten('optimizelyEvents', 2 * MINUTE)
    await ask(mounted)
    expect(mounted.sandbox.issued.at(-1)?.expiration).toBe(START + 2 * MINUTE)
    mounted.sandbox.revoke('optimizelyEvents')
    expect(mounted.sandbox.issued).toEqual([])
  })
})
