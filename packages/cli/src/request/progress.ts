import cliProgress from 'cli-progress'
import prettyBytes from 'pretty-bytes'

/** How far a transfer has come. */
export interface Progress {
  add(bytes: number): void
  /** Takes it off the screen. */
  stop(): void
}

/** Milliseconds that a transfer may take without a word about it. */
const SHORT = 1000
/** The widest bar, and what the figures beside it take at most. */
const BAR = 30
const FIGURES = 58

const bytes = (count: number): string =>
  prettyBytes(count, { minimumFractionDigits: 1, maximumFractionDigits: 1 })

/**
 * Shows on a terminal how far a transfer has come, once it takes longer than a second.
 *
 * @param total In bytes. Without it there is no bar, but what has been done so far.
 * @param now In milliseconds, from any start.
 */
export function progress(
  stream: NodeJS.WriteStream,
  total: number | undefined,
  now: () => number = () => performance.now(),
): Progress {
  const start = now()
  let done = 0
  let bar: cliProgress.SingleBar | undefined
  return {
    add(count) {
      done += count
      const elapsed = now() - start
      if (elapsed < SHORT) return
      const rate = (done * 1000) / elapsed
      const figures = {
        done: bytes(done),
        rate: bytes(rate),
        ...(total && goal(total, done, rate)),
      }
      if (!bar) {
        bar = barOn(stream, total !== undefined)
        bar.start(total ?? 0, done, figures)
      }
      bar.update(done, figures)
    },
    stop() {
      bar?.stop()
      bar = undefined
    },
  }
}

/** What there is to say of an end. */
function goal(total: number, done: number, rate: number): object {
  const seconds = Math.ceil((total - done) / rate)
  return {
    all: bytes(total),
    left: cliProgress.Format.TimeFormat(seconds, { autopaddingChar: '' }, 1),
  }
}

function barOn(stream: NodeJS.WriteStream, known: boolean): cliProgress.SingleBar {
  const barsize = Math.min(BAR, stream.columns - FIGURES)
  const share = '{percentage}%  {done} of {all}'
  const wide = `[{bar}] ${share}  {rate}/s  {left} left`
  return new cliProgress.SingleBar({
    stream,
    barsize: Math.max(0, barsize),
    format: known ? (barsize > 0 ? wide : share) : '{done}  {rate}/s',
    clearOnComplete: true,
    // Cuts the line off instead of telling the terminal to, which a killed process cannot take back.
    linewrap: true,
  })
}
