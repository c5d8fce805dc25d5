import { optimizelyEvents, parseS3Path } from '@countersign/services/optimizelyEvents'

const { env } = process
const { credentials, region, location } = optimizelyEvents({
  token: env.OPTIMIZELY_EVENTS_TOKEN ?? '',
  duration: env.OPTIMIZELY_EVENTS_DURATION,
  baseUrl: env.OPTIMIZELY_EVENTS_BASE_URL,
})

// What an S3 client takes: asked again before each use, they are renewed before they run out.
const { accessKeyId, expiresAt, s3Path } = await credentials()
const { accountId } = parseS3Path(s3Path)
const { uri } = location({ accountId, type: 'decisions', date: '2026-01-31' })
console.log(`${accessKeyId} opens ${uri} (${region}) until ${new Date(expiresAt).toISOString()}`)
