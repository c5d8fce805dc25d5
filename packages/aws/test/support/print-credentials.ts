// A program as `credential_process` of ~/.aws/config names one.
import { credentialProcess } from '@countersign/aws'
import { optimizelyEvents } from '@countersign/services/optimizelyEvents'

const { OPTIMIZELY_EVENTS_TOKEN: token = '', OPTIMIZELY_EVENTS_BASE_URL: baseUrl } = process.env
console.log(await credentialProcess(optimizelyEvents({ token, baseUrl }).credentials))
