import { cacheHelp, variableList } from '../help.ts'

const description = [
  'Sends one request, authenticated with the credentials in the environment. A token that is refused is replaced and the request sent again, once. Redirects are followed; credentials go to the service only.',
  'The body of the answer is printed as it comes, in constant memory, decoded if it is compressed. With -o it grows in a file beside its place, and is put there once it is whole; what an answer of 4xx or 5xx says is printed all the same, and nothing is saved.',
].join('\n\n')

const notes = `-d sends text as it stands, and what a file or the standard input holds, line
breaks and all. It goes out as application/json, unless -H 'Content-Type: …'
says otherwise; to S3 without a type. A body that a signature covers (for
optimizely-dxp, and the standard input to S3) is read first, up to 64 MiB.
-H 'Name:' leaves a header out. A file or the standard input is not redirected.

optimizely-events requests from S3: s3://bucket/key, a path in the bucket of the
export, or a whole URL of S3. AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL name
another endpoint.

--json prints {"status", "statusText", "headers", "body"}. The body is JSON if
it was, with every digit, and a string if it was text; other bytes are in
base64, under "bodyBase64". With -o it is in the file.`

const examples = `Examples:
  countersign request kalibrate GET '/api/site?query=(country=GB)+(limit=10)'
  countersign request amperity POST /api/campaigns -d @campaign.json
  countersign request angus GET '/entities?metrics=interested' | jq .
  countersign request optimizely-dxp GET /projects/<id>/deployments -i
  countersign request optimizely-events GET \\
      '/?list-type=2&prefix=v1/account_id=<id>/type=decisions/date=2026-01-31/'
  countersign request optimizely-events GET s3://<bucket>/<key> -o day.parquet
  pass angus | countersign request angus GET /entities --secret-stdin`

const exitCodes = `Exit codes:
  0    answered with a status of 2xx or 3xx
  1    not answered, or not as a whole; no token to be had; a file not written
  2    wrong usage: an unknown service or option, a variable that is missing
  4    answered with 4xx
  5    answered with 5xx
  130  interrupted by Ctrl-C`

const needed = `Variables (X_FILE names a file that holds the value of X):
${variableList()}`

/** What `--help` says beside the usage. */
export const help: { readonly description: string; readonly after: string } = {
  description,
  after: `\n${[notes, examples, needed, cacheHelp, exitCodes].join('\n\n')}`,
}
