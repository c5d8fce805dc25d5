import { cacheHelp, exitHelp, variableList } from '../help.ts'

const description =
  'Prints temporary AWS credentials: for Optimizely’s Enriched Events Export, whose personal access token gives an hour of Amazon S3. As credential_process in ~/.aws/config, it gives them to the aws command line and every AWS SDK, which run it again in time.'

const formats = `Formats:
  process  JSON as credential_process takes it
  env      export lines for a POSIX shell, the region and S3_BASE_PATH among them
  json     all there is, with s3Path and region`

const examples = `Examples:
  countersign credentials optimizely-events --duration 30m
  eval "$(countersign credentials optimizely-events --format env)"
  countersign credentials optimizely-events --format json | jq -r .s3Path
  pass show optimizely | countersign credentials optimizely-events --secret-stdin

  # ~/.aws/config
  [profile optimizely]
  region = us-east-1
  credential_process = countersign credentials optimizely-events

  aws s3 ls s3://optimizely-events-data/v1/account_id=…/ --profile optimizely`

const needed = `Variables (X_FILE names a file that holds the value of X):
${variableList(['optimizely-events'])}`

/** What `--help` says beside the usage. */
export const help: { readonly description: string; readonly after: string } = {
  description,
  after: `\n${[formats, examples, needed, cacheHelp, exitHelp].join('\n\n')}`,
}
