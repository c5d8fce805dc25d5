import type { Dice } from './dice.ts'
import { homesOf } from './homes.ts'
import type { Ledger } from './ledger.ts'
import type { AwsKey } from './proofs.ts'
import type { Trouble } from './trouble.ts'

/** What the token endpoints of a tenant hand out. */
export interface Grants {
  /** The answer as it goes out: noted, and now and then another one. */
  of(service: string, response: Response, lifetime: number): Promise<Response>
  /** The AWS keys among it. */
  readonly keys: ReadonlyMap<string, AwsKey>
}

/** The last grant of each service, by tenant. */
export type LastGrants = Map<string, Map<string, string>>

export interface GrantsOptions {
  readonly name: string
  readonly hosts: readonly string[]
  placeOf(host: string): string
  readonly draw: Dice
  readonly book: Ledger
  readonly trouble: Trouble
  readonly last: LastGrants
}

export function grants(options: GrantsOptions): Grants {
  const { name, hosts, placeOf, draw, book, trouble, last } = options
  const keys = new Map<string, AwsKey>()

  /** The tokens in it may be shown at the service's own hosts, and what only signs nowhere. */
  function note(service: string, text: string): void {
    const homes = homesOf(service, hosts).map(placeOf)
    for (const [member, value] of textsOf(text)) {
      book.enter(value, member === 'secretAccessKey' ? [] : homes)
    }
    const { credentials } = Object(parsed(text)) as { credentials?: AwsKey }
    if (credentials) keys.set(credentials.accessKeyId, credentials)
  }

  /** In place of a new grant, perhaps. */
  function wrongOne(service: string): string | undefined {
    const grants = last.get(service) ?? new Map<string, string>()
    const others = [...grants.keys()].filter((other) => other !== name)
    const wrong = trouble.wrongToken(others.length > 0)
    if (!wrong) return undefined
    return grants.get(wrong === 'the previous token again' ? name : draw.one(others))
  }

  return {
    keys,
    async of(service, response, lifetime) {
      const { status, headers } = response
      let text = await response.text()
      if (status === 200) {
        if (text.includes('"expires_in"')) {
          // The vendors count in whole seconds, and some of these tokens live for less.
          text = JSON.stringify({ ...JSON.parse(text), expires_in: lifetime / 1000 })
        }
        text = wrongOne(service) ?? text
        last.set(service, (last.get(service) ?? new Map()).set(name, text))
        note(service, text)
      }
      headers.delete('content-length')
      return new Response(text, { status, headers })
    },
  }
}

/** The texts in an answer, by the members that they stand in. */
function textsOf(text: string): [member: string, value: string][] {
  const found: [string, string][] = []
  const walk = (member: string, value: unknown): void => {
    if (typeof value === 'string') found.push([member, value])
    else for (const [name, part] of Object.entries(Object(value))) walk(name, part)
  }
  walk('', parsed(text) ?? text)
  // An address is no secret.
  return found.filter(([, value]) => value.length >= 16 && !value.includes('://'))
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
