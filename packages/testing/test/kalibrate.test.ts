import { expect, test } from 'vitest'
import { type Mounted, overBoth } from './support.ts'

const form = ({ options }: Mounted, changes: Record<string, string | undefined> = {}) => {
  const { clientId, clientSecret, scope } = options.kalibrate
  const fields = {
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: clientSecret,
    scope,
    ...changes,
  }
  const given = Object.entries(fields).filter(([, value]) => value !== undefined)
  return new URLSearchParams(given as [string, string][])
}

const askToken = (mounted: Mounted, body: BodyInit, headers: Record<string, string> = {}) =>
  mounted.fetch(mounted.options.kalibrate.tokenEndpoint, { method: 'POST', body, headers })

const token = async (mounted: Mounted): Promise<string> =>
  (await (await askToken(mounted, form(mounted))).json()).access_token

const get = async (mounted: Mounted, path: string, headers: Record<string, string> = {}) =>
  mounted.fetch(mounted.options.kalibrate.baseUrl + path, {
    headers: {
      'user-agent': mounted.options.kalibrate.userAgent,
      authorization: `Bearer ${await token(mounted)}`,
      ...headers,
    },
  })

overBoth((open) => {
  test('client credentials are good for a token, and the token for the API', async () => {
    const mounted = await open()
    const answer = await askToken(mounted, form(mounted))
    expect(answer.status).toBe(200)
    expect(await answer.json()).toEqual({
      token_type: 'Bearer',
      expires_in: 3599,
      ext_expires_in: 3599,
      access_token: expect.stringMatching(/^ey[\w-]+\.ey[\w-]+\.[\w-]+$/),
    })
    expect((await get(mounted, '/api/status')).status).toBe(200)
  })
})
