import { clientSecretPost } from '@countersign/core'
import type { Factory, Fates } from '../../core/test/support/fates.ts'
import { type AmperityOptions, amperity } from '../src/amperity.ts'
import { type AngusOptions, angus } from '../src/angus.ts'
import { type KalibrateOptions, kalibrate } from '../src/kalibrate.ts'
import { type OptimizelyDxpOptions, optimizelyDxp } from '../src/optimizelyDxp.ts'
import { type OptimizelyEventsOptions, optimizelyEvents } from '../src/optimizelyEvents.ts'
import type { ServiceOptions } from '../src/service.ts'

const shared: Fates<ServiceOptions, 'retry.attempts' | 'retry.delay' | 'retry.unanswered'> = {
  baseUrl: 'encoded',
  fetch: 'refused',
  timeout: 'refused',
  retry: 'unsent',
  'retry.attempts': 'refused',
  'retry.delay': 'refused',
  'retry.unanswered': 'unsent',
  allowInsecure: 'unsent',
  now: 'refused',
  onEvent: 'refused',
  wrapSource: 'refused',
}

type Shared = keyof typeof shared
type Issuer = 'issuer.apiKeyId' | 'issuer.token' | 'issuer.lifetime'

const kalibrateFates: Fates<KalibrateOptions, Shared> = {
  ...shared,
  tenant: 'refused',
  clientId: 'encoded',
  clientSecret: 'encoded',
  clientAuth: 'refused',
  scope: 'encoded',
  userAgent: 'refused',
  environment: 'refused',
  authority: 'refused',
  tokenEndpoint: 'encoded',
}
const amperityFates: Fates<AmperityOptions, Shared | Issuer> = {
  ...shared,
  tenant: 'refused',
  origins: 'encoded',
  tokenEndpoint: 'encoded',
  token: 'refused',
  issuer: 'refused',
  'issuer.apiKeyId': 'refused',
  'issuer.token': 'refused',
  'issuer.lifetime': 'refused',
  clientId: 'refused',
  clientSecret: 'refused',
}
const client = { clientId: 'app', scope: 'api://data/.default', userAgent: 'acme/1.0' }

/** Every factory of the services, in each way to its credentials. */
export const factories: readonly Factory[] = [
  {
    name: 'kalibrate with a secret',
    valid: { tenant: 'contoso.example', clientSecret: 's', ...client },
    fates: kalibrateFates,
    build: kalibrate,
  },
  {
    name: 'kalibrate with an authentication',
    valid: { tenant: 'contoso.example', clientAuth: clientSecretPost('s'), ...client },
    fates: { ...kalibrateFates, clientSecret: 'refused' },
    build: kalibrate,
  },
  {
    name: 'amperity with a token',
    valid: { tenant: 'acme', token: 't' },
    // Nothing is fetched.
    fates: {
      ...amperityFates,
      fetch: 'unsent',
      'retry.attempts': 'unsent',
      'retry.delay': 'unsent',
    },
    build: amperity,
  },
  {
    name: 'amperity with an issuer',
    valid: { tenant: 'acme', issuer: { apiKeyId: 'id', token: 't' } },
    fates: amperityFates,
    build: amperity,
  },
  {
    name: 'amperity with a client of OAuth 2',
    valid: { tenant: 'acme', clientId: 'app', clientSecret: 's' },
    fates: {
      ...amperityFates,
      clientId: 'encoded',
      clientSecret: 'encoded',
      // There are two kinds of credentials then.
      'issuer.apiKeyId': 'refused',
    },
    build: amperity,
  },
  {
    name: 'angus',
    valid: { username: 'u', clientId: 'c', accessToken: 'a' },
    fates: {
      ...shared,
      username: 'encoded',
      clientId: 'encoded',
      accessToken: 'encoded',
      tokenEndpoint: 'encoded',
    } satisfies Fates<AngusOptions, Shared>,
    build: angus,
  },
  {
    name: 'optimizelyDxp',
    valid: { key: 'k', secret: 'c2VjcmV0' },
    fates: {
      ...shared,
      // Nothing is fetched.
      ...(Object.fromEntries(
        ['fetch', 'timeout', 'retry', 'retry.attempts', 'retry.delay', 'onEvent', 'wrapSource'].map(
          (name) => [name, 'unsent'],
        ),
      ) as object),
      key: 'refused',
      secret: 'refused',
      nonce: 'refused',
    } satisfies Fates<OptimizelyDxpOptions, Shared>,
    build: optimizelyDxp,
  },
  {
    name: 'optimizelyEvents',
    valid: { token: 't', duration: '30m' },
    fates: { ...shared, token: 'refused', duration: 'refused' } satisfies Fates<
      OptimizelyEventsOptions,
      Shared
    >,
    build: optimizelyEvents,
  },
]
