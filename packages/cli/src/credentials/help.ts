import { cacheHelp, exitHelp, variableList } from '../help.ts'

const description =
  "Prints temporary AWS credentials: those that Optimizely's Enriched Events Export gives for a personal access token. As credential_process in ~/.aws/config, it serves the aws command line and every AWS SDK, which run it again when they need to."

const formats = `Formats:
  process  JSON, as AWS takes it from a credential_process
  env      export lines for a POSIX shell, with the region and S3_BASE_PATH
  json     all there is, with s3Path and region`

const examples = `Examples:
  countersign credentials optimizely-events
  countersign credentials optimizely-events --format json | jq -r .s3Path
  pass optimizely | countersign credentials optimizely-events --secret-stdin

  For this shell, an hour long:
    eval "$(countersign credentials optimizely-events --format env)"
    aws s3 ls "\${S3_BASE_PATH}type=decisions/date=2026-01-31/"

  In ~/.aws/config, for aws --profile optimizely and every AWS SDK:
    [profile optimizely]
    region = us-east-1
    credential_process = countersign credentials optimizely-events`

const needed = `Variables (X_FILE names a file that holds the value of X):
${variableList(['optimizely-events'])}`

/** What `--help` says beside the usage. */
export const help: { readonly description: string; readonly after: string } = {
  description,
  after: `\n${[formats, examples, needed, cacheHelp, exitHelp].join('\n\n')}`,
}
