import type { Socket } from 'node:net'

/** Something that goes wrong on the wire. */
export type WireFault =
  /** The connection is reset as soon as it is there. */
  | 'reset-on-connect'
  /** … after the request, and in place of an answer. */
  | 'reset-before-headers'
  | 'reset-in-headers'
  | 'reset-after-headers'
  | 'reset-in-body'
  /** The server's side ends without an answer; the client's stays open. */
  | 'half-open'
  /** No answer, and no end. */
  | 'silent'
  | 'silent-in-body'
  /** One byte at a time. */
  | 'trickle'
  /** The Content-Length is that of more, or of less, than the body. */
  | 'length-too-long'
  | 'length-too-short'
  /** Two Content-Lengths that differ. */
  | 'two-lengths'
  | 'garbage-chunks'
  /** No HTTP. */
  | 'garbage'
  /** A body that goes on until the client goes. */
  | 'endless-body'
  /** A hundred header lines of 8 kB. */
  | 'huge-headers'
  /** A redirect to where the request came. */
  | 'redirect-loop'
  /** 503, with a Retry-After that is of no use. */
  | 'retry-after-century'
  | 'retry-after-negative'
  | 'retry-after-garbage'

/** One that takes a request first. */
type AnswerFault = Exclude<WireFault, 'reset-on-connect'>

/** What a fault has to work with. */
export interface Wire {
  readonly socket: Socket
  /** Status line and headers, with the blank line; the length of the body is one of them. */
  readonly head: string
  readonly body: Buffer
  readonly target: string
  /** Milliseconds between two bytes. */
  readonly pace: number
}

/** What goes wrong with a connection, once a request has come over it. */
const FAULTS: Readonly<Record<AnswerFault, (wire: Wire) => void | Promise<void>>> = {
  'reset-before-headers': reset,
  async 'reset-in-headers'(wire) {
    await send(wire, wire.head.slice(0, wire.head.length >> 1))
    reset(wire)
  },
  async 'reset-after-headers'(wire) {
    await send(wire, wire.head)
    reset(wire)
  },
  async 'reset-in-body'(wire) {
    await send(wire, wire.head, half(wire))
    reset(wire)
  },
  'half-open': ({ socket }) => void socket.end(),
  silent: () => {},
  'silent-in-body': (wire) => send(wire, wire.head, half(wire)),
  async trickle(wire) {
    for (const byte of Buffer.concat([Buffer.from(wire.head), wire.body])) {
      await send(wire, Buffer.of(byte))
      await pause(wire.pace)
    }
    wire.socket.end()
  },
  'length-too-long': (wire) => last(wire, withLength(wire, wire.body.length + 100), wire.body),
  'length-too-short': (wire) => last(wire, withLength(wire, wire.body.length >> 1), wire.body),
  'two-lengths': (wire) =>
    last(wire, withLength(wire, `${wire.body.length}\r\ncontent-length: 1`), wire.body),
  'garbage-chunks': (wire) => last(wire, chunked(wire), 'zz\r\n', wire.body, '\r\n-1\r\n'),
  garbage: (wire) => last(wire, '\0\x16\x03\x01 220 ready\r\n\r\n'),
  async 'endless-body'(wire) {
    await send(wire, chunked(wire))
    for (let sent = 0; sent < ENDLESS; sent += CHUNK.length) await send(wire, CHUNK)
    const more = () =>
      void send(wire, CHUNK).then(() => wire.socket.destroyed || setImmediate(more))
    more()
  },
  'huge-headers': (wire) => last(wire, withLength(wire, `${wire.body.length}${HUGE}`), wire.body),
  'redirect-loop': (wire) =>
    last(wire, `HTTP/1.1 302 Found\r\nlocation: ${wire.target}\r\ncontent-length: 0\r\n\r\n`),
  'retry-after-century': (wire) => later(wire, '3155760000'),
  'retry-after-negative': (wire) => later(wire, '-1'),
  'retry-after-garbage': (wire) => later(wire, 'soon; maybe=\u00ff'),
}

export const wireFaults: readonly WireFault[] = [
  'reset-on-connect',
  ...(Object.keys(FAULTS) as AnswerFault[]),
]

/** Lets it happen. Fulfilled once all is done, or once it goes on for ever. */
export async function befall(fault: AnswerFault, wire: Wire): Promise<void> {
  await FAULTS[fault](wire)
}

/** More than anybody who peeks at a body reads. */
const ENDLESS = 256 * 1024
const CHUNK = Buffer.from(`4000\r\n${'.'.repeat(0x4000)}\r\n`)
const HUGE = Array.from({ length: 100 }, (_, n) => `\r\nx-${n}: ${'.'.repeat(8192)}`).join('')

/** Written, or the client has gone: that is its right. */
function send({ socket }: Wire, ...parts: (string | Buffer)[]): Promise<void> {
  const bytes = Buffer.concat(parts.map((part) => Buffer.from(part as string, 'latin1')))
  return new Promise((resolve) => {
    if (socket.destroyed) resolve()
    else socket.write(bytes, () => resolve())
  })
}

const pause = (ms: number): Promise<unknown> =>
  new Promise((resolve) => (ms > 0 ? setTimeout(resolve, ms) : setImmediate(resolve)))

async function last(wire: Wire, ...parts: (string | Buffer)[]): Promise<void> {
  await send(wire, ...parts)
  wire.socket.end()
}

function later(wire: Wire, retryAfter: string): Promise<void> {
  const head = `HTTP/1.1 503 Unavailable\r\nretry-after: ${retryAfter}\r\ncontent-length: 2\r\n\r\n`
  return last(wire, head, '{}')
}

function reset({ socket }: Wire): void {
  socket.resetAndDestroy()
}

function half({ body }: Wire): Buffer {
  return body.subarray(0, body.length >> 1)
}

const LENGTH = /content-length: \d+/

function withLength({ head }: Wire, length: number | string): string {
  return head.replace(LENGTH, `content-length: ${length}`)
}

function chunked({ head }: Wire): string {
  return head.replace(LENGTH, 'transfer-encoding: chunked')
}
