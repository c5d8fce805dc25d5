import { styleText } from 'node:util'
import type { SandboxRequest } from '@countersign/testing'

type Teller = (request: Pick<SandboxRequest, 'service' | 'method' | 'target' | 'status'>) => void

/** What presigned URLs, shared access signatures and the like carry in a query. */
const SECRET = /(?:signature|secret|credential|security-token|^sig|^token|^access_token)$/i

/** Tells of each request in a line: a table on standard error, or JSON on standard output. */
export function teller(
  { stdout, stderr }: Pick<NodeJS.Process, 'stdout' | 'stderr'>,
  json: boolean,
): Teller {
  const width = () => (stderr.isTTY ? stderr.columns : Infinity)
  return ({ service, method, target, status }) => {
    const time = new Date()
    const name = service.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
    const shown = presentable(target)
    if (json) {
      const entry = { time, service: name, method, target: shown, status }
      stdout.write(`${JSON.stringify(entry)}\n`)
      return
    }
    const before = `${time.toTimeString().slice(0, 8)}  ${name.padEnd(17)}  `
    const after = cut(`  ${method.padEnd(4)} ${shown}`, width() - before.length - 3)
    const style = status < 400 ? 'green' : status < 500 ? 'yellow' : 'red'
    stderr.write(`${before}${styleText(style, String(status), { stream: stderr })}${after}\n`)
  }
}

/** A target without secrets, and without what a terminal would obey. */
function presentable(target: string): string {
  const pieces = target.split(/([?&])/).map((piece) => {
    const [name = '', value] = piece.split('=', 2)
    return value && SECRET.test(name) ? `${name}=***` : piece
  })
  return pieces
    .join('')
    .replace(/[^!-~]/g, (byte) => `%${byte.charCodeAt(0).toString(16).padStart(2, '0')}`)
}

const cut = (text: string, width: number): string =>
  text.length > width ? `${text.slice(0, Math.max(0, width - 1))}…` : text
