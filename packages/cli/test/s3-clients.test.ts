import { type AwsCredentials, compose, header } from '@countersign/core'
import { sigv4 } from '@countersign/core/sigv4'
import { optimizelyEvents } from '@countersign/services/optimizelyEvents'
import { createSandbox } from '@countersign/testing'
import { loopback, type Site } from '@countersign/testing/contract'
import { listen } from '@countersign/testing/server'
import { describe, expect, onTestFinished, test } from 'vitest'
import { clients } from '../src/demo/clients.ts'

/** S3 without an SDK, through every client: what differs from one to the next, over real HTTP. */

const NAMES = [
  'a b+c',
  'a%2Fb',
  "it's (1)*!~;@,=&$",
  'ü 日本 😀',
  'a?b#c|d',
  'double//slash',
  'a/../b',
  '100%',
]

async function open() {
  const objects = Object.fromEntries(NAMES.map((name) => [name, `content of ${name}`]))
  const sandbox = createSandbox({ optimizelyEvents: { objects } })
  const server = await listen(sandbox)
  onTestFinished(server.close)
  const { credentials, region } = optimizelyEvents(server.options.optimizelyEvents)
  const { s3Path } = await credentials()
  const origin = server.origins['s3.us-east-1.amazonaws.com'] as string
  return { sandbox, origin, region, credentials, folder: s3Path.replace('s3:/', origin) }
}

async function serve(answer: Parameters<typeof loopback>[0]): Promise<Site> {
  const site = await loopback(answer)
  onTestFinished(site.close)
  return site
}

describe.each(clients.map((client) => [client.name, client] as const))('%s', (_, client) => {
  test('each key, and each header, arrives as it was signed', async () => {
    const { origin, region, credentials, folder } = await open()
    const send = client.open(sigv4({ credentials, region, service: 's3' }), origin)
    const headers = { 'x-amz-meta-a': '  a,  b\t c ', 'X-Own': 'é', 'content-type': 'text/x' }
    for (const name of NAMES) {
      const answer = await send(`${folder}/${encodeURIComponent(name)}?x=a+b&x=%2f&y`, { headers })
      expect(await answer.text()).toBe(`content of ${name}`)
    }
  })

  test.each([false, true])('a body is what its hash says: unsigned %s', async (unsignedPayload) => {
    const { origin, region, credentials, folder } = await open()
    const signer = sigv4({ credentials, region, service: 's3', unsignedPayload })
    const send = client.open(signer, origin)
    for (const body of [undefined, '', 'Grüße 😀', 'x'.repeat(100_000)]) {
      const answer = await send(`${folder}/new`, { method: 'PUT', ...(body && { body }) })
      // To read is all that they are for; a wrong signature would be another code.
      expect(await answer.text()).toContain('<Code>AccessDenied</Code>')
    }
  })

  test.each(['GET', 'HEAD'])(
    'a clock that is 20 minutes off is set by one refusal: %s',
    async (method) => {
      const { sandbox, origin, region, credentials, folder } = await open()
      const send = client.open(sigv4({ credentials, region, service: 's3' }), origin)
      const url = `${folder}/${encodeURIComponent('a b+c')}`
      for (const minutes of [20, -20]) {
        sandbox.clock.skew(minutes * 60_000)
        sandbox.reset()
        for (let n = 0; n < 3; n++) expect((await send(url, { method })).status).toBe(200)
        expect(sandbox.requests.map(({ status }) => status)).toEqual([403, 200, 200, 200])
      }
    },
  )

  test.each([301, 302, 303, 307, 308])('nothing of it goes abroad with a %i', async (status) => {
    const region = 'us-east-1'
    const credentials: AwsCredentials = {
      accessKeyId: 'ASIASECRET1',
      secretAccessKey: 'secret-2',
      sessionToken: 'secret-3',
    }
    const foreign = await serve(() => ({ body: 'abroad' }))
    // Which is what S3 answers where the bucket is in another region.
    const location = `${foreign.origin}/bucket/key`
    const home = await serve(() => ({ status, headers: { location } }))
    for (const unsignedPayload of [false, true]) {
      const signer = sigv4({ credentials, region, service: 's3', unsignedPayload })
      const send = client.open(compose(header('x-own', 'secret-4'), signer), home.origin)
      await send(`${home.origin}/bucket/key`, { method: 'PUT', body: 'content' })
    }
    expect(home.arrivals.map(({ headers }) => headers['x-amz-security-token'])).toEqual([
      'secret-3',
      'secret-3',
    ])
    const { length } = foreign.arrivals
    expect(length).toBe(client.name === 'undici/request' ? 0 : 2)
    const proof = /^authorization$|^x-amz-|^x-own$/
    for (const { target, headers } of foreign.arrivals) {
      expect(Object.keys(headers).filter((name) => proof.test(name))).toEqual([])
      expect(target + JSON.stringify(headers)).not.toMatch(/secret|ASIASECRET/i)
    }
  })
})
