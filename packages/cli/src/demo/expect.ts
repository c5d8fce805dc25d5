import { scrub } from '@countersign/core/kit'

/** A step has seen something else than what the vendor's documents say. */
export class Off extends Error {
  readonly expected: string
  readonly seen: string

  constructor(expected: string, seen: string) {
    super(`expected ${expected}, seen ${seen}`)
    this.expected = expected
    this.seen = seen
  }
}

/** A step that cannot be gone through here, and why. */
export class Skip extends Error {}

export function check(holds: boolean, expected: string, seen: string): void {
  if (!holds) throw new Off(expected, seen)
}

/** A response that has one of these statuses, with its body, as JSON where it is JSON. */
export async function answered(
  call: Promise<Response>,
  ...statuses: readonly number[]
): Promise<{ status: number; body: unknown }> {
  const answer = await read(call)
  const { status, body } = answer
  const expected = statuses.length > 0 ? statuses : [200]
  if (expected.includes(status)) return answer
  throw new Off(expected.join(' or '), `${status} ${wordsOf(body)}`)
}

/** What a vendor says when it refuses with a 401. */
export async function refusal(call: Promise<Response>): Promise<string> {
  return wordsOf((await answered(call, 401)).body)
}

/** The message of the error that this ends with, as a user would see it. */
export async function failure(work: () => unknown, code: string): Promise<string> {
  let seen = 'no error'
  try {
    await work()
  } catch (error) {
    const { code: actual, name, message } = error as Error & { code?: string }
    if (actual === code) return message
    seen = `${actual ?? name}: ${message}`
  }
  throw new Off(`an error ${code}`, seen)
}

/** How long something lives that ends at this time, in words. */
export function lifetime(expiresAt: number | undefined, now: number): string {
  if (expiresAt === undefined) return 'no end named'
  const minutes = Math.round((expiresAt - now) / 60_000)
  const [figure, unit] =
    minutes < 120
      ? [minutes, 'min']
      : minutes < 2880
        ? [Math.round(minutes / 60), 'h']
        : [Math.round(minutes / 1440), 'days']
  return `good for ${figure} ${unit}`
}

async function read(call: Promise<Response>): Promise<{ status: number; body: unknown }> {
  const response = await call
  const text = await response.text()
  const { status } = response
  try {
    return { status, body: JSON.parse(text) }
  } catch {
    return { status, body: text }
  }
}

/** The words of an error, in whichever member a vendor puts them. */
function wordsOf(body: unknown): string {
  const { message, errors, detail, error } = Object(body) as Record<string, unknown>
  const words =
    message ?? (Array.isArray(errors) ? errors.join(' ') : errors) ?? detail ?? error ?? body
  return scrub(typeof words === 'string' ? words : JSON.stringify(words))
}
