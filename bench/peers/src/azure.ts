import {
  bearerTokenAuthenticationPolicy,
  createDefaultHttpClient,
  createEmptyPipeline,
  createHttpHeaders,
  createPipelineRequest,
  type HttpClient,
  type PipelinePolicy,
} from '@azure/core-rest-pipeline'
import type { Call, Client, World } from '../../src/clients/client.ts'

function callOf({ serve }: World, policy?: PipelinePolicy): Call {
  const client: HttpClient = serve
    ? {
        sendRequest: async (request) => {
          const served = serve(request)
          const status = typeof served === 'number' ? served : await served
          return { status, request, headers: createHttpHeaders() }
        },
      }
    : createDefaultHttpClient()
  const pipeline = createEmptyPipeline()
  if (policy) pipeline.addPolicy(policy)
  return async (url) => {
    const response = await pipeline.sendRequest(client, createPipelineRequest({ url }))
    if (response.status !== 200) throw new Error(`status ${response.status}`)
    return response
  }
}

const OVER = '@azure/core-rest-pipeline: constant header'

export const clients: readonly Client[] = [
  { name: '@azure/core-rest-pipeline', role: 'bare', connect: (world) => callOf(world) },
  {
    name: OVER,
    role: 'constant',
    connect: (world) =>
      callOf(world, {
        name: 'constant',
        sendRequest(request, next) {
          request.headers.set('Authorization', world.constant)
          return next(request)
        },
      }),
  },
  {
    name: '@azure/core-rest-pipeline: bearerTokenAuthenticationPolicy',
    role: 'peer',
    over: OVER,
    connect: (world) =>
      callOf(
        world,
        bearerTokenAuthenticationPolicy({
          scopes: 'https://api.example.com/.default',
          credential: {
            async getToken() {
              const { token, expiresAt = 0 } = await world.fetchToken()
              return { token, expiresOnTimestamp: expiresAt }
            },
          },
        }),
      ),
  },
]
