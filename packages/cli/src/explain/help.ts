import { variableList } from '../help.ts'

const description = [
  'Shows why the signature of a request is what it is: each part of what is signed, in order and by name, the digest of the body, what is signed as a whole, and the header. For a service with tokens: what is put on, and where the token comes from. Nothing is sent, nobody is asked, and no secret is shown.',
  'With --compare, a header from elsewhere is held against it, that of another program or of a log. What is wrong with it is named, and what to do about it: it is made anew with each of a few hundred usual mistakes, and with any two of them.',
].join('\n\n')

const examples = `Examples:
  countersign explain optimizely-dxp GET /projects/<id>/deployments
  countersign explain optimizely-dxp POST /projects/<id>/deployments -d @a.json
  countersign explain optimizely-events GET s3://optimizely-events-data/v1/...
  countersign explain amperity GET /api/segments --json

  What is wrong with the header that another program has made:
    countersign explain optimizely-dxp GET /projects/<id>/deployments \\
      --compare 'epi-hmac <key>:<timestamp>:<nonce>:<signature>'

  Or with the one that curl has sent, beside all else that it prints:
    curl -v ... 2>&1 | countersign explain ... --compare -`

const secrecy = `A header is good for one request, within minutes as a rule, and one with a token
as long as the token is. From a file or standard input it comes unseen; as an
argument, others on this machine see it.`

const aws = [
  { name: 'AWS_ACCESS_KEY_ID', about: 'what signs for S3: nobody is asked' },
  { name: 'AWS_SECRET_ACCESS_KEY', about: 'its secret' },
  { name: 'AWS_SESSION_TOKEN', about: 'its session' },
]

const needed = `Variables (X_FILE names a file that holds the value of X):
${variableList(undefined, { 'optimizely-events': aws })}`

const exitCodes = `Exit codes:
  0    explained; the header to compare with is right, or seems so
  1    the header to compare with differs, or there is too little to tell
  2    wrong usage: a service, option or variable that is missing or wrong`

/** What `--help` says beside the usage. */
export const help: { readonly description: string; readonly after: string } = {
  description,
  after: `\n${[examples, secrecy, needed, exitCodes].join('\n\n')}`,
}
