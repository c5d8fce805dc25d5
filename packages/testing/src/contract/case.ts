import type { Signer } from '@countersign/core'
import type { Answer, Call, Client, Made, Setup } from './client.ts'
import type { Neighbours } from './neighbours.ts'
import type { Answering, Site } from './site.ts'

/** What a case works with: a client, and as many servers as it likes. */
export interface Stage {
  readonly client: Client
  serve(answer: Answering, onData?: (chunk: Buffer) => void): Promise<Site>
  /** Two origins on one port, over loopback. */
  meet: Neighbours['meet']
  /** The client with a signer whose home is that site. */
  make(signer: Signer, home: Site, setup?: Partial<Setup>): Made
  /** One call to a path at home. */
  send(signer: Signer, home: Site, call?: Partial<Call>, setup?: Partial<Setup>): Promise<Answer>
}

/** One proof of a line; a line has one or several, told apart by letters. */
export interface Case {
  readonly id: string
  readonly title: string
  /** Where it runs. Default: over loopback and under MSW. */
  readonly on?: 'wire' | 'msw'
  run(stage: Stage): Promise<void>
}

/** The cases of one line: the first is `1`, or `1a` if there are several. */
export function line(
  number: number,
  title: string,
  ...cases: readonly (Omit<Case, 'id' | 'title'> & { title?: string })[]
): Case[] {
  return cases.map(({ title: detail, ...rest }, index) => ({
    ...rest,
    id: `${number}${cases.length > 1 ? String.fromCharCode(97 + index) : ''}`,
    title: detail ? `${title}: ${detail}` : title,
  }))
}

/** The first error of our own in a chain of causes. */
export function ours(error: unknown): Error | undefined {
  for (let it = error; it instanceof Error; it = it.cause) {
    if (/^(?:Signing|Exchange|Countersign)Error$/.test(it.name) && !('config' in it)) return it
  }
  return undefined
}

/** What a call rejects with. */
export async function failure(call: Promise<unknown>): Promise<unknown> {
  try {
    await call
  } catch (error) {
    return error
  }
  throw new Error('The call should have been rejected, and was not')
}

/** Opens when it has been passed `count` times, without a clock. */
export function gate(count: number): () => Promise<void> {
  const { promise, open } = door()
  let passed = 0
  return () => {
    if (++passed === count) open()
    return promise
  }
}

/** A promise and what fulfils it. */
export function door(): { promise: Promise<void>; open: () => void } {
  let open!: () => void
  const promise = new Promise<void>((resolve) => {
    open = resolve
  })
  return { promise, open }
}

export const authorizations = ({ arrivals }: Site): (string | undefined)[] =>
  arrivals.map(({ headers }) => headers.authorization)
