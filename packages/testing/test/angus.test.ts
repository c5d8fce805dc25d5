import { expect, test } from 'vitest'
import { claimsOf, clock, type Mounted, overBoth, START } from './support.ts'

const HOUR = 3600_000

const logIn = (
  { fetch, options }: Mounted,
  changes: Record<string, unknown> = {},
  url = options.angus.tokenEndpoint,
) => {
  const { username, clientId, accessToken } = options.angus
  const body = { username, client_id: clientId, access_token: accessToken, ...changes }
  return fetch(url, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  })
}

const token = async (mounted: Mounted): Promise<string> =>
  (await (await logIn(mounted)).json()).token

const entities = async (mounted: Mounted, query: string, bearer?: string) =>
  mounted.fetch(`${mounted.options.angus.baseUrl}/entities?${query}`, {
    headers: { authorization: `Bearer ${bearer ?? (await token(mounted))}` },
  })

const QUERY = 'metrics=interested,gender&from_date=2025-12-01'

overBoth((open) => {
  test('credentials are good for a JWT of five hours', async () => {
    const mounted = await open({ now: () => START })
    const answer = await logIn(mounted)
    expect(answer.status).toBe(200)
    const body = await answer.json()
    expect(Object.keys(body)).toEqual(['token'])
    expect(claimsOf(body.token)).toMatchObject({
      username: mounted.options.angus.username,
      orig_iat: START / 1000,
      exp: START / 1000 + 18_000,
    })
  })

  test('the token may be as undecodable as the vendor’s sample, and still good', async () => {
    const mounted = await open({ now: () => START, angus: { token: 'undecodable' } })
    const jwt = await token(mounted)
    expect(jwt.split('.')).toHaveLength(3)
    expect(() => claimsOf(jwt)).toThrow(SyntaxError)
    expect((await entities(mounted, QUERY, jwt)).status).toBe(200)
  })

  test.each([
    ['a field that is not there', { client_id: undefined }, { client_id: [/required/] }],
    ['an empty field', { username: '' }, { username: [/blank/] }],
    ['a null', { access_token: null }, { access_token: [/null/] }],
    ['a number', { access_token: 1 }, { access_token: [/string/] }],
    ['another token', { access_token: 'other' }, { non_field_errors: [/credentials/] }],
    ['another user', { username: 'other' }, { non_field_errors: [/credentials/] }],
  ])('%s is a 400 as Django words it', async (_, changes, expected) => {
    const mounted = await open()
    const answer = await logIn(mounted, changes)
    expect(answer.status).toBe(400)
    const lists = Object.entries(expected).map(([name, [message]]) => [
      name,
      [expect.stringMatching(message as RegExp)],
    ])
    expect(await answer.json()).toEqual(Object.fromEntries(lists))
  })

  test('every field that is missing has its list', async () => {
    const mounted = await open()
    const answer = await logIn(mounted, { username: undefined, client_id: undefined })
    expect(Object.keys(await answer.json())).toEqual(['username', 'client_id'])
  })

  test('without the trailing slash the POST is lost', async () => {
    const mounted = await open()
    const { tokenEndpoint } = mounted.options.angus
    const answer = await logIn(mounted, {}, tokenEndpoint.replace(/\/$/, ''))
    expect([answer.status, answer.redirected]).toEqual([405, true])
    expect(mounted.sandbox.requests).toMatchObject([
      { method: 'POST', target: '/api-token-authstream', status: 301 },
      { method: 'GET', target: '/api-token-authstream/', status: 405, body: new Uint8Array() },
    ])
  })

  test('a body that is no JSON, or not said to be, is refused', async () => {
    const { fetch, options } = await open()
    const post = (type: string) =>
      fetch(options.angus.tokenEndpoint, {
        method: 'POST',
        body: 'username=a',
        headers: { 'content-type': type },
      })
    expect((await post('application/json')).status).toBe(400)
    expect((await post('application/x-www-form-urlencoded')).status).toBe(415)
  })

  test('revoked credentials are wrong ones', async () => {
    const mounted = await open()
    mounted.sandbox.revoke('angus', 'credentials')
    expect(Object.keys(await (await logIn(mounted)).json())).toEqual(['non_field_errors'])
  })

  test('data come in pages, the next one a path', async () => {
    const mounted = await open({ now: () => START })
    const bearer = await token(mounted)
    const origin = new URL(mounted.options.angus.baseUrl).origin
    let url: string | undefined = `/api/1/entities?${QUERY}&time=by_day`
    const days: string[] = []
    while (url) {
      const answer: Response = await mounted.fetch(origin + url, {
        headers: { authorization: `Bearer ${bearer}` },
      })
      const page = await answer.json()
      expect(page).toMatchObject({ total_results: 31, nb_of_pages: 4, time: 'by_day' })
      days.push(...Object.keys(page.entities))
      url = page.next_page
    }
    expect([days.length, days[0], days.at(-1)]).toEqual([
      31,
      '2025-12-01T00:00:00.000Z',
      '2025-12-31T00:00:00.000Z',
    ])
  })

  test('the next page may be a full URL, at the origin that was asked', async () => {
    const mounted = await open({ now: () => START, angus: { nextPage: 'url' } })
    const page = await (await entities(mounted, `${QUERY}&time=by_hour`)).json()
    expect(new URL(page.next_page).origin).toBe(new URL(mounted.options.angus.baseUrl).origin)
  })

  test.each([
    ['metrics=interested', 400, 'missing_mandatory_param'],
    ['from_date=2025-12-01', 400, 'missing_mandatory_param'],
    ['metrics=nope&from_date=2025-12-01', 400, 'unexisting_metric'],
    [`${QUERY}&time=by_year`, 400, 'unexisting_time'],
    [`${QUERY}&page=2`, 400, 'page_not_existing'],
    [`${QUERY}&page=x`, 400, 'page_not_existing'],
    ['metrics=gender&from_date=yesterday', 400, 'invalid_date'],
    [`${QUERY}&to_date=2025-01-01`, 400, 'invalid_date'],
  ])('the query %s is a %i %s', async (query, status, code) => {
    const mounted = await open({ now: () => START })
    const answer = await entities(mounted, query)
    expect([answer.status, await answer.json()]).toEqual([
      status,
      { code, message: expect.any(String) },
    ])
  })

  test('a token is refused by the code of its ill', async () => {
    const { now, advance } = clock()
    const mounted = await open({ now, lifetimes: { angus: HOUR } })
    const code = async (bearer: string) => {
      const answer = await entities(mounted, QUERY, bearer)
      return answer.status === 401 ? (await answer.json()).code : answer.status
    }
    const first = await token(mounted)
    expect(await code(first)).toBe(200)
    advance(HOUR)
    expect(await code(first)).toBe('expired_jwt')
    const second = await token(mounted)
    mounted.sandbox.expire('angus')
    expect(await code(second)).toBe('expired_jwt')
    const third = await token(mounted)
    mounted.sandbox.revoke('angus')
    expect(await code(third)).toBe('invalid_jwt')

    const bare = await mounted.fetch(`${mounted.options.angus.baseUrl}/entities?${QUERY}`)
    expect([bare.status, (await bare.json()).code]).toEqual([401, 'authorization_header_missing'])
  })
})
