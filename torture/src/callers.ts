import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3'
import { awsCredentials } from '@countersign/aws'
import { clients } from '../../packages/cli/src/demo/clients.ts'
import type { Service } from './services.ts'

/** One client with one service's signer in it, for all workers. */
export interface Caller {
  readonly name: string
  readonly service: Service
  send(url: string, init: RequestInit): Promise<Response>
}

/** Every service by every client. */
export function callersOf(services: readonly Service[]): Caller[] {
  return services.flatMap((service) => [
    ...clients.map((client) => ({
      name: `${service.name} by ${client.name}`,
      service,
      send: client.open(service.signer, service.origin),
    })),
    ...bySdk(service),
  ])
}

/** The AWS SDK asks for whatever folder a URL names, at its own endpoint whoever the URL belongs to. */
function bySdk(service: Service): Caller[] {
  const { aws, origin: endpoint } = service
  if (!aws) return []
  const { bucket: Bucket, region } = aws
  const credentials = awsCredentials(aws.credentials)
  // As often as the other clients here send a call by themselves.
  const s3 = new S3Client({ region, endpoint, credentials, forcePathStyle: true, maxAttempts: 1 })
  s3.middlewareStack.use(credentials)
  const send: Caller['send'] = async (url, { signal }) => {
    const Prefix = new URL(url).searchParams.get('prefix') ?? ''
    const command = new ListObjectsV2Command({ Bucket, Prefix })
    const { Contents } = await s3.send(command, signal ? { abortSignal: signal } : {})
    return Response.json(Contents ?? [])
  }
  return [{ name: `${service.name} by the AWS SDK`, service, send }]
}
