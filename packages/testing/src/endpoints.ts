import type { SandboxCredentials } from './sandbox.ts'

interface BaseUrl {
  readonly baseUrl: string
}
interface Endpoints extends BaseUrl {
  readonly tokenEndpoint: string
}

/** The sandbox's options with URLs on loopback, to be spread into the service factories. */
export interface ListeningOptions extends SandboxCredentials {
  readonly kalibrate: SandboxCredentials['kalibrate'] & Endpoints
  readonly amperity: SandboxCredentials['amperity'] & BaseUrl
  readonly amperityOAuth: SandboxCredentials['amperityOAuth'] & BaseUrl
  readonly amperityToken: SandboxCredentials['amperityToken'] & BaseUrl
  readonly angus: SandboxCredentials['angus'] & Endpoints
  readonly optimizelyDxp: SandboxCredentials['optimizelyDxp'] & BaseUrl
  readonly optimizelyEvents: SandboxCredentials['optimizelyEvents'] & BaseUrl
}

/** The options with the URLs of wherever each vendor host is reached. */
export function reachedAt(
  origins: Readonly<Record<string, string>>,
  options: SandboxCredentials,
): ListeningOptions {
  const { kalibrate, angus } = options
  const amperity = { baseUrl: origins[`${options.amperity.tenant}.amperity.com`] as string }
  return {
    kalibrate: {
      ...kalibrate,
      baseUrl: origins['dev.data.thekalibratecloud.com'] as string,
      tokenEndpoint: `${origins['login.microsoftonline.com']}/${kalibrate.tenant}/oauth2/v2.0/token`,
    },
    amperity: { ...options.amperity, ...amperity },
    amperityOAuth: { ...options.amperityOAuth, ...amperity },
    amperityToken: { ...options.amperityToken, ...amperity },
    angus: {
      ...angus,
      baseUrl: `${origins['data.angus.ai']}/api/1`,
      tokenEndpoint: `${origins['console.angus.ai']}/api-token-authstream/`,
    },
    optimizelyDxp: {
      ...options.optimizelyDxp,
      baseUrl: `${origins['paasportal.episerver.net']}/api/v1.0`,
    },
    optimizelyEvents: {
      ...options.optimizelyEvents,
      baseUrl: `${origins['api.optimizely.com']}/v2`,
    },
  }
}
