import { type Environment, valueOf } from '../../env.ts'
import { type SigningService, signerFor } from '../../session.ts'
import { type ServiceName, variables } from '../../variables.ts'
import { type Arguments, type Call, callOf, signedAtHome } from '../call.ts'
import type { Explained, Part, Step } from '../explanation.ts'
import { headerPart, rehearsal, STAND_IN } from '../rehearsal.ts'
import { compareBearer } from './compare.ts'
import { claimParts, claimsOf } from './jwt.ts'

const UNSIGNED =
  'Nothing of the request is signed: whatever is changed in it, the header stays good.'

/** What the headers of a service with tokens would be, and where its token comes from. */
export async function explainBearer(
  service: Exclude<SigningService, 'optimizely-dxp'>,
  args: Arguments,
  env: Environment,
  given: string | undefined,
  now: () => number = Date.now,
): Promise<Explained> {
  const { fetch, step } = rehearsal(now)
  const token = service === 'amperity' ? valueOf('AMPERITY_TOKEN', env) : undefined
  const standIn = token && { AMPERITY_TOKEN: STAND_IN, AMPERITY_TOKEN_FILE: undefined }
  const signer = await signerFor(service, { ...env, ...standIn }, { fetch, cache: false })
  const call = callOf(args, signer.baseUrl)
  const { headers } = await signedAtHome(service, signer, call)
  const own = token === undefined ? undefined : { variable: 'AMPERITY_TOKEN', token }
  return bearerExplained({ service, call, headers, own, request: await step(), env, given, now })
}

export interface Bearer {
  readonly service: ServiceName
  readonly call: Call
  readonly headers: Readonly<Record<string, string>>
  /** The token, where it stands in the environment. */
  readonly own: { readonly variable: string; readonly token: string } | undefined
  /** Where it comes from otherwise. */
  readonly request: Step | undefined
  readonly env: Environment
  readonly given: string | undefined
  readonly now: () => number
}

export function bearerExplained(bearer: Bearer): Explained {
  const { service, call, headers, own, request, env, given, now } = bearer
  const { method, url } = call
  const shown = Object.entries(headers).map(headerPart)
  const explanation = {
    service,
    scheme: 'Bearer',
    method,
    url,
    steps: request ? [request] : [],
    facts: own ? ownFacts(own, now()) : [{ name: 'token', value: '***', about: FETCHED }],
    headers: Object.fromEntries(shown.map(({ name, value }) => [name, value])),
    notes: [UNSIGNED],
  }
  if (given === undefined) return { explanation }
  const secrets = variables[service].flatMap(({ name }) => {
    const value = valueOf(name, env)
    return value === undefined || name === own?.variable ? [] : [{ variable: name, value }]
  })
  return { explanation, comparison: compareBearer(given, { own, secrets, now: now() }) }
}

const FETCHED = 'what the token request is answered with: not asked for here'

function ownFacts({ variable, token }: NonNullable<Bearer['own']>, now: number): Part[] {
  const claims = claimsOf(token)
  const kind = claims ? 'a JWT' : 'an opaque token'
  return [
    { name: 'token', value: '***', about: `${variable}: ${kind} of ${token.length} characters` },
    ...(claims ? claimParts(claims, now) : []),
  ]
}
