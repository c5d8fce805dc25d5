import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, onTestFinished, test, vi } from 'vitest'
import { type FaultyServer, faulty, type WireFault, wireFaults } from '../src/faults.ts'

const ANSWER = 'as it should be'

/** What a client that knows no HTTP gets for a request, and how its connection ends. */
async function raw(
  server: FaultyServer,
  enough = Infinity,
): Promise<{ bytes: string; end: string }> {
  const { hostname, port } = new URL(server.origin)
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true })
  let bytes = ''
  socket.setEncoding('latin1').on('data', (chunk) => {
    bytes += chunk
    if (bytes.length >= enough) socket.destroy()
  })
  const end = new Promise<string>((resolve) => {
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''))
    socket.on('end', () => resolve('FIN'))
    socket.on('close', () => resolve('gone'))
  })
  socket.write('POST /a?b HTTP/1.1\r\nhost: h\r\ncontent-length: 4\r\n\r\nbody')
  const how = await end
  socket.destroy()
  return { bytes, end: how }
}

const befallen = async (fault: WireFault, enough?: number) => {
  await using server = await faulty(fault, { pace: 0 })
  const got = await raw(server, enough)
  await expect
    .poll(() => server.connections, { interval: 1 })
    .toMatchObject([{ fault, open: false }])
  return { ...got, server }
}

const head = (length: number | string) =>
  `HTTP/1.1 200 OK\r\ncontent-type: text/plain;charset=UTF-8\r\ncontent-length: ${length}\r\n\r\n`

test.each<[WireFault, bytes: string, end: string]>([
  ['reset-on-connect', '', 'ECONNRESET'],
  ['reset-before-headers', '', 'ECONNRESET'],
  ['reset-in-headers', head(15).slice(0, head(15).length >> 1), 'ECONNRESET'],
  ['reset-after-headers', head(15), 'ECONNRESET'],
  ['reset-in-body', `${head(15)}as it s`, 'ECONNRESET'],
  ['half-open', '', 'FIN'],
  ['trickle', head(15) + ANSWER, 'FIN'],
  ['length-too-long', head(115) + ANSWER, 'FIN'],
  ['length-too-short', head(7) + ANSWER, 'FIN'],
  ['two-lengths', head('15\r\ncontent-length: 1') + ANSWER, 'FIN'],
])('%s', async (fault, bytes, end) => {
  const got = await befallen(fault)
  expect(got).toMatchObject({ bytes, end })
  const { arrivals } = got.server
  expect(arrivals.length).toBe(fault === 'reset-on-connect' ? 0 : 1)
  for (const arrival of arrivals) {
    expect(arrival).toMatchObject({ method: 'POST', target: '/a?b' })
    expect(Buffer.from(arrival.body).toString()).toBe('body')
  }
})

test.each<[WireFault, RegExp]>([
  ['garbage', /^(?!HTTP)/],
  ['garbage-chunks', /chunked\r\n\r\nzz\r\nas it should be/],
  ['redirect-loop', /^HTTP\/1.1 302 Found\r\nlocation: \/a\?b\r\n/],
  ['retry-after-century', /^HTTP\/1.1 503 .*\r\nretry-after: 3155760000\r\n/],
  ['retry-after-negative', /^HTTP\/1.1 503 .*\r\nretry-after: -1\r\n/],
  ['retry-after-garbage', /^HTTP\/1.1 503 .*\r\nretry-after: soon; maybe=\xff\r\n/],
  ['huge-headers', /x-99: \.{8192}\r\n\r\nas it should be$/],
])('%s', async (fault, bytes) => {
  const got = await befallen(fault)
  expect(got.bytes).toMatch(bytes)
  expect(got.end).toBe('FIN')
})

test.each<[WireFault, bytes: string]>([
  ['silent', ''],
  ['silent-in-body', `${head(15)}as it s`],
])('%s lasts until the client goes', async (fault, bytes) => {
  let told!: (fault: WireFault) => void
  const happened = new Promise<WireFault>((resolve) => {
    told = resolve
  })
  await using server = await faulty(fault, { onFault: told })
  const { hostname, port } = new URL(server.origin)
  const socket = connect(Number(port), hostname).setEncoding('latin1')
  onTestFinished(() => void socket.destroy())
  socket.write('GET / HTTP/1.1\r\nhost: h\r\n\r\n')
  expect(await happened).toBe(fault)
  if (bytes) expect(await once(socket, 'data')).toEqual([bytes])
  expect(server.connections).toMatchObject([{ open: true, requests: 1 }])
  socket.destroy()
  await expect.poll(() => server.connections, { interval: 1 }).toMatchObject([{ open: false }])
})

test('endless-body lasts until the client goes', async () => {
  const { bytes, end } = await befallen('endless-body', 1_000_000)
  expect(bytes.length).toBeGreaterThanOrEqual(1_000_000)
  expect(end).toBe('gone')
})

test('every fault is one of these, and has its test', () => {
  expect(wireFaults).toHaveLength(20)
  expect(new Set(wireFaults).size).toBe(20)
})

test('a fault befalls the connections that it is meant for; the others work', async () => {
  await using server = await faulty(
    (connection) => (connection === 0 ? 'reset-in-body' : undefined),
    {
      history: 2,
      answer: ({ method, target, body, fault }) =>
        Response.json({ method, target, length: body.length, fault }, { status: 201 }),
    },
  )
  const ask = () => fetch(`${server.origin}/a?b`, { method: 'PUT', body: 'four' })
  await expect(ask().then((response) => response.json())).rejects.toThrow(TypeError)
  expect(server.arrivals).toMatchObject([{ fault: 'reset-in-body' }])
  for (const _ of [1, 2]) {
    const response = await ask()
    expect(response.status).toBe(201)
    expect(await response.json()).toEqual({ method: 'PUT', target: '/a?b', length: 4 })
  }
  expect(server.arrivals).toMatchObject([{ fault: undefined }, { fault: undefined }])
  const [first, ...others] = server.connections
  expect(first).toEqual({ fault: 'reset-in-body', requests: 1, open: false })
  expect(others.every(({ fault, open }) => fault === undefined && open)).toBe(true)
  expect(others.reduce((sum, { requests }) => sum + requests, 0)).toBe(2)
})

test('trickle waits for as many ms after each byte as it is told', async () => {
  const timers = vi.spyOn(globalThis, 'setTimeout')
  onTestFinished(() => timers.mockRestore())
  await using server = await faulty('trickle', { pace: 1.5, answer: () => new Response('four') })
  const { bytes } = await raw(server)
  expect(timers.mock.calls.filter(([, delay]) => delay === 1.5)).toHaveLength(bytes.length)
})
