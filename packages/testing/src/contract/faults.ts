import tls from 'node:tls'
import { inspect } from 'node:util'
import { bearer, cached, clientCredentials, type Signer } from '@countersign/core'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type FaultyOptions, type FaultyServer, faulty } from '../faulty.ts'
import { type WireFault, wireFaults } from '../wire-fault.ts'
import { ours } from './case.ts'
import { EXPIRED, KEY, OTHER_NAME } from './certificate.ts'
import type { Answer, Client } from './client.ts'
import { epi, SECRET } from './proof.ts'
import { loopback } from './site.ts'
import { tokens } from './tokens.ts'
import { wrongTokens } from './wrong-tokens.ts'

/** These end only when the client goes; its caller's patience lasts so many ms from then on. */
const ENDLESS: readonly WireFault[] = ['silent', 'silent-in-body', 'endless-body']
const PATIENCE = 20

const MARK = 'S3CR3T'

/** How a call ended: by an answer or an error. */
type End = { answer: Answer; error?: undefined } | { answer?: undefined; error: unknown }

/** Where a fault can befall a call. */
type Place = 'in an answer' | 'in a refusal' | 'in a redirect'

/**
 * Holds a client to the same end whatever befalls the wire, at home, in a refusal, in a redirect and at
 * the token endpoint: each call ends, once, by an answer or by the client's own error or one of ours; nothing
 * is sent again but what may be; no error shows a secret; no connection is left.
 *
 * @param options.leaves The connections that the client itself, unsigned too, does not let go of: by place, the faults.
 */
export function adapterFaults(
  client: Client,
  { leaves = {} }: { leaves?: Readonly<Partial<Record<Place, readonly WireFault[]>>> } = {},
): void {
  describe.each(wireFaults)(`${client.name}: %s`, (fault) => {
    test('in an answer', async () => {
      const server = await broken(fault)
      const { answer, error } = await call(
        client,
        bearer(MARK),
        server,
        fault,
        leaves['in an answer'],
      )
      if (answer) expect([200, 503]).toContain(answer.status)
      else expectPresentable(error)
      const signed = server.arrivals.map(({ headers }) => headers.get('authorization'))
      expect(new Set(signed)).toEqual(
        new Set(fault === 'reset-on-connect' ? [] : [`Bearer ${MARK}`]),
      )
      if (fault !== 'redirect-loop') expect(used(server)).toBeLessThanOrEqual(1)
    })

    test('in a refusal', async () => {
      const issued = tokens('t2')
      const server = await broken(fault, ({ headers }) => {
        const { status = 200, body = '' } = issued.guard({
          headers: { authorization: headers.get('authorization') ?? undefined },
        } as never)
        return new Response(body as string, { status, headers: { connection: 'close' } })
      })
      const { answer, error } = await call(
        client,
        issued.signer,
        server,
        fault,
        leaves['in a refusal'],
      )
      if (answer) expect([200, 302, 401, 503]).toContain(answer.status)
      else expectPresentable(error)
      if (answer?.status === 200) expect(answer.text).toBe('welcome')
      expect(issued.count).toBeLessThanOrEqual(2)
      if (fault !== 'redirect-loop') expect(server.arrivals.length).toBeLessThanOrEqual(2)
    })

    test('in a redirect', async () => {
      const server = await broken(fault, ({ target }) =>
        target === '/'
          ? new Response('moved', {
              status: 307,
              headers: { location: '/there', connection: 'close' },
            })
          : new Response('arrived', { headers: { connection: 'close' } }),
      )
      const { answer, error } = await call(client, epi(), server, fault, leaves['in a redirect'])
      if (answer) expect([200, 302, 307, 503]).toContain(answer.status)
      else expectPresentable(error)
      const proofs = server.arrivals.map(({ headers }) => headers.get('authorization'))
      // Each of them with a nonce of its own.
      expect(new Set(proofs).size).toBe(proofs.length)
    })

    test('at the token endpoint', async () => {
      const home = await loopback(() => ({ body: 'welcome' }))
      onTestFinished(home.close)
      const server = await broken(fault, () =>
        Response.json({ access_token: MARK, expires_in: 60 }, { headers: { connection: 'close' } }),
      )
      const provider = clientCredentials({
        tokenEndpoint: `${server.origin}/token`,
        clientId: 'app',
        clientSecret: MARK,
        retry: { delay: 0 },
        ...(fault.startsWith('silent') && { timeout: PATIENCE * 5 }),
      })
      const { send } = client.make(bearer(cached(provider)), { origins: [home.origin] })
      const { answer, error } = await end(send({ url: home.origin }))
      const code = FINAL[fault]
      if (code === undefined) {
        expect(answer).toMatchObject({ status: 200, text: 'welcome' })
        const once = ['trickle', 'reset-on-connect']
        expect(used(server)).toBe(once.includes(fault) ? 1 : 2)
      } else {
        expect(ours(error)).toMatchObject({ name: 'ExchangeError', code })
        expectPresentable(error)
        expect([used(server) <= 1, home.arrivals.length]).toEqual([true, 0])
      }
      await released(server)
    })
  })

  wrongTokens(client)

  describe.each([
    ['of another name', OTHER_NAME],
    ['that has expired', EXPIRED],
  ])(`${client.name}: a certificate %s`, (_, cert) => {
    const trusted = tls.getCACertificates('default')
    beforeAll(() => tls.setDefaultCACertificates([...trusted, cert]))
    afterAll(() => tls.setDefaultCACertificates(trusted))

    test('nothing is sent to its server', async () => {
      const server = await opened(() => undefined, { tls: { cert, key: KEY } })
      const { error } = await end(
        client.make(bearer(MARK), { origins: [server.origin] }).send({ url: server.origin }),
      )
      expect(codes(error).join()).toMatch(/CERT_HAS_EXPIRED|ERR_TLS_CERT_ALTNAME_INVALID/)
      expectPresentable(error)
      expect(server.arrivals).toEqual([])
    })
  })
}

/** What a token endpoint comes to that is not asked again; every other fault is survived by that. */
const FINAL: Partial<Record<WireFault, string>> = {
  silent: 'exchange-unreachable',
  'silent-in-body': 'exchange-unreachable',
  'endless-body': 'invalid-response',
  'length-too-short': 'invalid-response',
  'redirect-loop': 'exchange-redirected',
  'retry-after-century': 'exchange-unavailable',
}

interface Broken extends FaultyServer {
  onFault?: () => void
}

/** A server whose first connection meets with the fault; the others work. */
async function broken(fault: WireFault, answer?: FaultyOptions['answer']): Promise<Broken> {
  const always = fault === 'redirect-loop'
  const server: Broken = await opened(
    (connection) => (connection === 0 || always ? fault : undefined),
    {
      pace: 0,
      onFault: () => server.onFault?.(),
      ...(answer && { answer }),
    },
  )
  return server
}

async function opened(...how: Parameters<typeof faulty>): Promise<FaultyServer> {
  const server = await faulty(...how)
  onTestFinished(server.close)
  return server
}

async function call(
  client: Client,
  signer: Signer,
  server: Broken,
  fault: WireFault,
  left: readonly WireFault[] = [],
): Promise<End> {
  const controller = new AbortController()
  const { send } = client.make(signer, { origins: [server.origin] })
  let timer: NodeJS.Timeout | undefined
  if (ENDLESS.includes(fault)) {
    const leave = () => setTimeout(() => controller.abort(), PATIENCE)
    server.onFault = () => {
      timer = leave()
    }
  }
  const ended = await end(send({ url: `${server.origin}/`, signal: controller.signal }))
  clearTimeout(timer)
  // Whoever had to be ended was ended by the caller, and says so.
  if (controller.signal.aborted && ended.error) expect(client.isAbort(ended.error)).toBe(true)
  if (left.includes(fault)) expect(afflicted(server)).toHaveLength(1)
  else await released(server)
  return ended
}

async function end(sent: Promise<Answer>): Promise<End> {
  try {
    return { answer: await sent }
  } catch (error) {
    return { error }
  }
}

/** Over how many connections something was asked. */
const used = ({ connections }: FaultyServer): number =>
  connections.filter(({ requests }) => requests > 0).length

/** Waits until the client has let go of every connection that something befell. */
function released(server: FaultyServer): Promise<void> {
  return expect.poll(() => afflicted(server), { interval: 1 }).toEqual([])
}

const afflicted = ({ connections }: FaultyServer): unknown[] =>
  connections.filter(({ fault, open }) => fault && open)

/** An error that a program may write to its log: it says something, and no secret. */
function expectPresentable(error: unknown): void {
  expect(error).toBeInstanceOf(Error)
  const shown = [ours(error) && inspect(ours(error), { depth: 9 })]
  for (let at = error; at instanceof Error; at = at.cause) shown.push(at.message, at.stack)
  const said = shown.join('\n')
  for (const secret of [MARK, SECRET]) expect(said).not.toContain(secret)
}

/** The codes in a chain of causes. */
function codes(error: unknown): unknown[] {
  const { code, cause } = Object(error) as { code?: unknown; cause?: unknown }
  return [code, ...(cause ? codes(cause) : [])]
}
