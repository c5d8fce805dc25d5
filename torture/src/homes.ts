import type { ListeningOptions } from '../../packages/testing/src/endpoints.ts'
import type { General } from './general.ts'
import { basicProof, GENERAL } from './general.ts'
import type { Ledger } from './ledger.ts'

/** Whose a host is, what it hands out tokens for, and where those may then be shown. */
interface Host {
  readonly form: RegExp
  readonly service: string
  /** The paths that hand out tokens. */
  readonly tokens?: RegExp
}

const HOSTS: readonly Host[] = [
  { form: /^login\.microsoftonline/, service: 'kalibrate', tokens: /^/ },
  { form: /kalibrate/, service: 'kalibrate' },
  { form: /\.amperity\.com$/, service: 'amperity', tokens: /^\/api\/v0\// },
  { form: /^console\.angus/, service: 'angus', tokens: /^/ },
  { form: /^data\.angus/, service: 'angus' },
  { form: /^paasportal/, service: 'optimizelyDxp' },
  { form: /^api\.optimizely/, service: 'optimizelyEvents', tokens: /^/ },
  { form: /amazonaws\.com$/, service: 'optimizelyEvents' },
  { form: /^api\.general/, service: 'general' },
]

export const hostOf = (host: string): Host =>
  HOSTS.find(({ form }) => form.test(host)) ?? { form: /^$/, service: 'none' }

/** Where the tokens of a service may be shown: everywhere but where they are merely handed out. */
export const homesOf = (service: string, hosts: readonly string[]): string[] =>
  hosts.filter((host) => {
    const { service: its, tokens } = hostOf(host)
    return its === service && !tokens?.test('')
  })

/** Enters what a tenant proves itself with. A secret that only signs is at home nowhere. */
export function enterSecrets(
  book: Ledger,
  options: ListeningOptions,
  { credentials }: General,
  placeOf: (host: string) => string,
): void {
  const { kalibrate, amperity, amperityOAuth, angus, optimizelyDxp, optimizelyEvents } = options
  const home = `${amperity.tenant}.amperity.com`
  const secrets: readonly (readonly [secret: string, host?: string])[] = [
    [kalibrate.clientSecret, 'login.microsoftonline.com'],
    [amperity.issuer.token, home],
    [amperityOAuth.clientSecret, home],
    [options.amperityToken.token, home],
    [angus.accessToken, 'console.angus.ai'],
    [optimizelyDxp.key, 'paasportal.episerver.net'],
    [optimizelyDxp.secret],
    [optimizelyEvents.token, 'api.optimizely.com'],
    [basicProof(credentials), GENERAL],
    [credentials.apiKey, GENERAL],
    [credentials.hmac.key, GENERAL],
    [credentials.hmac.secret],
    [credentials.aws.accessKeyId, GENERAL],
    [credentials.aws.secretAccessKey],
  ]
  for (const [secret, host] of secrets) book.enter(secret, host ? [placeOf(host)] : [])
}
