import type { Outcome } from './torture.ts'

const MB = 2 ** 20
/** What the heap may grow by, in bytes: the compiled code of what was not called before. */
const GROWTH = 4 * MB

/** What must be so, and what was found in its place. */
interface Check {
  readonly what: string
  readonly holds: boolean
  readonly found: unknown
}

/** What there was, a line for each kind. */
export function summary({ tally, findings, jumps, contacts, heap }: Outcome): string[] {
  const { troubles, arrivals, accepted, events, asked } = findings
  const outcomes = [...tally.outcomes].toSorted(([, a], [, b]) => b - a)
  const befallen = troubles.reduce((sum, [, count]) => sum + count, 0)
  const list = (pairs: readonly (readonly [string, number])[]) =>
    pairs.map(([name, count]) => `${name} ${count}`).join(', ')
  const megabytes = (bytes: number) => `${(bytes / MB).toFixed(1)} MB`
  return [
    `calls    ${tally.started}: ${list(outcomes)}`,
    `arrived  ${arrivals} requests, of which ${accepted} were let pass`,
    `faults   ${befallen}: ${list(troubles)}`,
    `events   ${events} at the vendors, ${jumps} jumps of the clock`,
    `tokens   ${asked} requests in ${contacts} refreshes`,
    `heap     ${megabytes(heap.before)}, then ${megabytes(heap.after)}`,
  ]
}

export function checks(outcome: Outcome): Check[] {
  const { tally, findings, contacts, idle, alarms, handles, heap } = outcome
  const { started, ended, outcomes, open, late, strange } = tally
  const { troubles, violations, asked, spoiled } = findings
  const grown = heap.after - heap.before
  return [
    {
      what: 'there were answers, and there were faults',
      holds: (outcomes.get('200') ?? 0) > started / 10 && troubles.length > 10,
      found: outcomes,
    },
    { what: 'each call ended', holds: started === ended && open.size === 0, found: open },
    {
      what: '… by an answer, an error of ours or one of its client’s own',
      holds: strange.size === 0,
      found: strange,
    },
    { what: '… at once when it was aborted', holds: late.length === 0, found: late },
    {
      what: 'what was let pass was signed right, and no secret came to another’s origin',
      holds: violations.length === 0,
      found: violations,
    },
    { what: 'no refresh without a reason', holds: idle === 0, found: `${idle} of ${contacts}` },
    {
      what: 'no more token requests than refreshes and answers of no use',
      holds: asked <= contacts + spoiled,
      found: `${asked} requests, ${contacts} refreshes, ${spoiled} answers of no use`,
    },
    {
      what: 'no unhandled rejection, and no warning',
      holds: alarms.length === 0,
      found: alarms,
    },
    {
      what: 'no handle left',
      holds: String(handles.after) === String(handles.before),
      found: handles,
    },
    { what: 'the heap is as it was', holds: grown < GROWTH, found: `${grown} bytes more` },
  ]
}
