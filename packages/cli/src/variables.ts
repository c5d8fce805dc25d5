import type { AmperityOptions } from '@countersign/services/amperity'
import type { AngusOptions } from '@countersign/services/angus'
import type { KalibrateOptions } from '@countersign/services/kalibrate'
import type { OptimizelyDxpOptions } from '@countersign/services/optimizelyDxp'
import type { OptimizelyEventsOptions } from '@countersign/services/optimizelyEvents'

/** What the factory of each service takes. */
export interface OptionsOf {
  'optimizely-events': OptimizelyEventsOptions
  kalibrate: KalibrateOptions
  amperity: AmperityOptions
  angus: AngusOptions
  'optimizely-dxp': OptimizelyDxpOptions
}

export type ServiceName = keyof OptionsOf

/** An environment variable. */
export interface Variable {
  readonly name: string
  readonly about: string
  readonly optional?: boolean
}

/** An environment variable for an option of a service. */
export interface OptionVariable extends Variable {
  /** The factory's option; a dot leads into one. */
  readonly option: string
  /** Of several ways to authenticate, the one that this belongs to: exactly one is given, and whole. */
  readonly way?: string
  /** What `--secret-stdin` can stand for. */
  readonly secret?: boolean
}

const baseUrl = (name: string, about = 'another address for the API'): OptionVariable => ({
  name: `${name}_BASE_URL`,
  option: 'baseUrl',
  about,
  optional: true,
})

const tokenEndpoint = (name: string): OptionVariable => ({
  name: `${name}_TOKEN_ENDPOINT`,
  option: 'tokenEndpoint',
  about: 'another address for tokens',
  optional: true,
})

/** The variables of each service. With `_FILE` behind its name, each reads its value from a file. */
export const variables: Readonly<Record<ServiceName, readonly OptionVariable[]>> = {
  'optimizely-events': [
    {
      name: 'OPTIMIZELY_EVENTS_TOKEN',
      option: 'token',
      about: 'a personal access token',
      secret: true,
    },
    {
      name: 'OPTIMIZELY_EVENTS_DURATION',
      option: 'duration',
      about: '15m to 1h; default 1h',
      optional: true,
    },
    baseUrl('OPTIMIZELY_EVENTS'),
  ],
  kalibrate: [
    { name: 'KALIBRATE_TENANT', option: 'tenant', about: 'of Microsoft Entra: a GUID or a domain' },
    { name: 'KALIBRATE_CLIENT_ID', option: 'clientId', about: 'of the app registration' },
    { name: 'KALIBRATE_CLIENT_SECRET', option: 'clientSecret', about: 'its secret', secret: true },
    { name: 'KALIBRATE_SCOPE', option: 'scope', about: 'ends in /.default' },
    { name: 'KALIBRATE_USER_AGENT', option: 'userAgent', about: 'such as acme-pricing/2.1' },
    baseUrl('KALIBRATE', 'another address, such as production'),
    tokenEndpoint('KALIBRATE'),
  ],
  amperity: [
    { name: 'AMPERITY_TENANT', option: 'tenant', about: 'as in https://<tenant>.amperity.com' },
    {
      name: 'AMPERITY_TOKEN',
      option: 'token',
      about: 'one way: a JWT from the UI',
      way: 'token',
      secret: true,
    },
    {
      name: 'AMPERITY_ISSUER_TOKEN',
      option: 'issuer.token',
      about: 'or: an issuer token,',
      way: 'issuer',
      secret: true,
    },
    {
      name: 'AMPERITY_API_KEY_ID',
      option: 'issuer.apiKeyId',
      about: 'and the id of its API key',
      way: 'issuer',
    },
    {
      name: 'AMPERITY_CLIENT_ID',
      option: 'clientId',
      about: 'or: a client of OAuth 2,',
      way: 'OAuth 2',
    },
    {
      name: 'AMPERITY_CLIENT_SECRET',
      option: 'clientSecret',
      about: 'and its secret',
      way: 'OAuth 2',
      secret: true,
    },
    baseUrl('AMPERITY'),
    tokenEndpoint('AMPERITY'),
  ],
  angus: [
    { name: 'ANGUS_USERNAME', option: 'username', about: 'of an account at console.angus.ai' },
    { name: 'ANGUS_CLIENT_ID', option: 'clientId', about: 'of its stream' },
    {
      name: 'ANGUS_ACCESS_TOKEN',
      option: 'accessToken',
      about: 'is traded for tokens',
      secret: true,
    },
    baseUrl('ANGUS'),
    tokenEndpoint('ANGUS'),
  ],
  'optimizely-dxp': [
    { name: 'OPTIMIZELY_DXP_KEY', option: 'key', about: 'the public name of the credential' },
    {
      name: 'OPTIMIZELY_DXP_SECRET',
      option: 'secret',
      about: 'base64, as handed out',
      secret: true,
    },
    baseUrl('OPTIMIZELY_DXP'),
  ],
}

export const serviceNames: readonly ServiceName[] = Object.keys(variables) as ServiceName[]
