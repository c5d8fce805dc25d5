import { GetObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3'
import { awsCredentials } from '@countersign/aws'
import { optimizelyEvents, parseS3Path } from '@countersign/services/optimizelyEvents'

const { env } = process
const service = optimizelyEvents({
  token: env.OPTIMIZELY_EVENTS_TOKEN ?? '',
  baseUrl: env.OPTIMIZELY_EVENTS_BASE_URL,
})
const credentials = awsCredentials(service.credentials)
const s3 = new S3Client({ region: service.region, credentials })
// Credentials that S3 refuses before their time are replaced, and the command is sent again.
s3.middlewareStack.use(credentials)

const { accountId } = parseS3Path((await service.credentials()).s3Path)
const date = new Date(Date.now() - 24 * 3_600_000).toISOString().slice(0, 10)
const { bucket, prefix } = service.location({ accountId, type: 'decisions', date })

// However long it takes: the credentials are renewed on the way.
const folder = { Bucket: bucket, Prefix: prefix }
for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, folder)) {
  for (const { Key = '' } of Contents) {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key }))
    const bytes = await Body?.transformToByteArray()
    console.log(`${Key}: ${bytes?.length} bytes`)
  }
}
