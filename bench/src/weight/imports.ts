import type { Role } from '../bench.ts'

/** The least useful import of a package: what a user writes who wants one thing of it. */
export interface Import {
  readonly name: string
  readonly role: Role
  /** What is installed. */
  readonly package: string
  readonly code: string
  /** What a bundle leaves out: the client that it plugs into. */
  readonly external?: readonly string[]
}

const named = (from: string, names: string): string =>
  `import { ${names} } from '${from}'; export { ${names.replace(/\w+ as /g, '')} }`

function imported(from: string, names: string, external: string[] = []): Import {
  const own = from.startsWith('@countersign/')
  const [scope = '', name] = from.split('/')
  return {
    name: `${from}: ${names}`,
    role: own ? 'ours' : 'peer',
    package: from.startsWith('@') ? `${scope}/${name}` : scope,
    code: named(from, names),
    external,
  }
}

const CORE = ['@countersign/core', '@countersign/core/kit']

export const IMPORTS: readonly Import[] = [
  imported('@countersign/core', 'signedFetch, bearer, cached, clientCredentials'),
  imported('@countersign/core', 'signedFetch, bearer'),
  imported('@countersign/core', 'cached'),
  imported('@badgateway/oauth2-client', 'OAuth2Client, OAuth2Fetch'),
  imported(
    'oauth4webapi',
    'clientCredentialsGrantRequest, processClientCredentialsResponse, protectedResourceRequest, ClientSecretPost',
  ),
  imported('openid-client', 'discovery, clientCredentialsGrant, fetchProtectedResource'),
  imported('@azure/core-rest-pipeline', 'createEmptyPipeline, bearerTokenAuthenticationPolicy'),
  imported('google-auth-library', 'OAuth2Client'),
  imported('@octokit/auth-token', 'createTokenAuth'),
  imported('@countersign/axios', 'signed', [...CORE, 'axios']),
  imported('axios-auth-refresh', 'createAuthRefresh', ['axios']),
  imported('@countersign/ky', 'signed', [...CORE, 'ky']),
  imported('@countersign/got', 'signed', [...CORE, 'got']),
  imported('@countersign/core/hmac', 'hmac', ['@noble/hashes']),
  imported('@countersign/core/sigv4', 'sigv4', ['@noble/hashes']),
  imported('crypto-js', 'default as CryptoJS'),
  imported('aws4fetch', 'AwsClient'),
  imported('aws4', 'default as aws4'),
  imported('@smithy/signature-v4', 'SignatureV4'),
  imported('@countersign/aws', 'awsCredentials', CORE),
  imported('@aws-sdk/credential-providers', 'fromTemporaryCredentials'),
  imported('@smithy/property-provider', 'memoize'),
]
