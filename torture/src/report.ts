import { total } from './count.ts'
import type { Outcome, TortureOptions } from './torture.ts'
import type { Tally } from './worker.ts'

/** What must be so, and what was found in its place. */
interface Check {
  readonly name: string
  readonly holds: boolean
  readonly found: unknown
}

type Figures = Readonly<Record<string, number>>

/** What a run has come to, as data. */
export interface Report extends TortureOptions {
  readonly calls: {
    readonly made: number
    readonly outcomes: Figures
    readonly worst: Tally['worst']
    /** Whose abort was lost by their client: see `FORGETFUL`. */
    readonly forgotten: number
  }
  readonly requests: {
    readonly all: number
    readonly api: number
    readonly token: number
    readonly accepted: number
  }
  readonly injected: Figures
  readonly events: Figures
  readonly tokens: {
    readonly obtained: number
    /** By their servers. */
    readonly refused: number
    /** How many requests for tokens there may be: see `Audit`. */
    readonly bound: number
    readonly reasons: Figures
  }
  readonly heap: Outcome['heap']
  readonly checks: readonly Check[]
  readonly passed: boolean
}

/** Of faults and of answers: a run with fewer, such as one of a second, says nothing. */
const ENOUGH = 20
const MB = 2 ** 20
/**
 * What the heap may grow by, in bytes: the compiled code of what had not happened before, 3 to 6 MB. On a machine
 * with nothing else to do, a call that leaves 1 kB behind is found in ten seconds, and one that leaves 100 bytes in
 * five minutes.
 */
const GROWTH = 8 * MB

export function report(options: TortureOptions, outcome: Outcome): Report {
  const { tally, findings, jumps, reasons, heap } = outcome
  const { made, outcomes, worst, forgotten } = { made: tally.started, ...tally }
  const { token = 0, tokens = 0, api = 0, useless = 0 } = Object.fromEntries(findings.requests)
  const bound = total(reasons) + useless
  const checks = checksOf(outcome, token, bound)
  return {
    ...options,
    calls: { made, outcomes: sorted(outcomes), worst, forgotten },
    requests: { all: api + token, api, token, accepted: findings.accepted },
    injected: sorted(findings.faults),
    events: { ...sorted(findings.events), 'the clients’ clock set': jumps },
    tokens: { obtained: tokens, refused: findings.refused.size, bound, reasons: sorted(reasons) },
    heap,
    checks,
    passed: checks.every(({ holds }) => holds),
  }
}

function checksOf(outcome: Outcome, asked: number, bound: number): Check[] {
  const { tally, findings, reasons, stuck, alarms, handles, heap } = outcome
  const { started, ended, outcomes, open, late, strange, swapped } = tally
  const { faults, violations } = findings
  const violation = (...kinds: string[]) => violations.filter(([kind]) => kinds.includes(kind))
  const none = (name: string, found: Iterable<unknown>): Check => {
    const all = [...found]
    return { name, holds: all.length === 0, found: { all: all.length, first: all.slice(0, 10) } }
  }
  const grown = heap.after - heap.before
  const { idle = 0 } = Object.fromEntries(reasons)
  const unrefused = outcome.refused.filter((token) => !findings.refused.has(token))

  return [
    {
      name: 'there was something to survive, and there were answers',
      holds: total(faults) >= ENOUGH && (outcomes.get('200') ?? 0) >= ENOUGH,
      found: [...outcomes, ...faults],
    },
    {
      name: 'each call ended once',
      holds: started === ended && open.size === 0,
      found: { started, ended, open: [...open] },
    },
    none('… by an answer, an error of ours or one of its client’s own', strange.values()),
    none('… with the answer to that call', swapped),
    none('… before its deadline, or soon after it was aborted then', late),
    none('no call was sent again without a reason', violation('sent again without a reason')),
    none('what was accepted was signed right', violation('accepted, though not signed right')),
    none('no secret came to another’s origin', violation('a secret that belongs elsewhere')),
    {
      name: 'no token was asked for without a reason',
      holds: idle === 0,
      found: [...reasons],
    },
    none('no token was taken for refused that no server has refused', unrefused),
    none('one request for a token at a time', outcome.doubled),
    {
      name: 'no more requests for tokens than reasons and useless answers',
      holds: asked <= bound,
      found: { asked, bound },
    },
    none('every service by every client works again afterwards', stuck),
    none('no unhandled rejection, and no warning', alarms.map(String)),
    {
      name: 'no handle is left',
      holds: String(handles.after) === String(handles.before),
      found: handles,
    },
    {
      name: `the heap has grown by less than ${GROWTH / MB} MB`,
      holds: grown < GROWTH,
      found: { ...heap, grown },
    },
  ]
}

const sorted = (counts: Iterable<readonly [string, number]>): Figures =>
  Object.fromEntries([...counts].toSorted(([, a], [, b]) => b - a))

/** The same for a person. */
export function textOf({
  calls,
  requests,
  injected,
  events,
  tokens,
  heap,
  checks,
}: Report): string {
  const list = (figures: Figures) =>
    Object.entries(figures)
      .map(([name, number]) => `${name} ${number}`)
      .join(', ')
  const megabytes = (bytes: number) => `${(bytes / MB).toFixed(1)} MB`
  const all = (figures: Figures) => total(Object.entries(figures))
  const { made, outcomes, worst, forgotten } = calls
  const lines: readonly (readonly [label: string, figure: number | string, text: string])[] = [
    ['calls', made, list(outcomes)],
    ['', 'worst', `${worst.duration} ms: ${worst.name}`],
    ...(forgotten
      ? [['', forgotten, 'whose client lost an abort, as it does unsigned'] as const]
      : []),
    ['requests', requests.all, `accepted ${requests.accepted}, for tokens ${requests.token}`],
    ['faults', all(injected), list(injected)],
    ['events', all(events), list(events)],
    [
      'tokens',
      tokens.obtained,
      `refused ${tokens.refused}, by ${requests.token} requests, of ${tokens.bound} that there may be: ${list(tokens.reasons)}`,
    ],
    ['heap', megabytes(heap.before), `then ${megabytes(heap.after)}`],
  ]
  return [
    ...lines.map(
      ([label, figure, text]) => `${label.padEnd(9)}${`${figure}`.padStart(8)}  ${text}`,
    ),
    '',
    ...checks.flatMap(({ name, holds, found }) =>
      holds ? `✓ ${name}` : [`✗ ${name}`, JSON.stringify(found, null, 2)],
    ),
  ].join('\n')
}
