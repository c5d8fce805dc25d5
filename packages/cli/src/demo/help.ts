import { variableList } from '../help.ts'

const description = [
  'Goes through what the documents of five services describe: obtain a token, call, use the token in hand, live through an expiry and a revocation, be refused for a wrong secret. Each step is checked, and with it how many requests it makes.',
  'Then each service goes through each client that there is an adapter for: obtain, call, survive a refusal with one request sent again. A table shows how many requests that took.',
  'Without --live, this happens in a sandbox that listens on this machine and verifies every request as the vendors do. With --live, the same steps run against the real hosts, with your credentials; what would change something there, or takes a hook of the sandbox, is left out.',
].join('\n\n')

const examples = `Examples (in the repository, npm start -- stands for countersign demo):
  countersign demo                       all five services
  countersign demo kalibrate angus       two of them
  countersign demo --clients             only the table of service x client
  countersign demo kalibrate --live      against the real host
  countersign demo --json > steps.jsonl  for a machine to read`

const exitCodes = `Exit codes:
  0    all as expected
  1    something is off
  2    wrong usage: an unknown service or option, a variable that is missing
  130  interrupted by Ctrl-C`

/** What a step before a real host reads beside the service's own: objects to ask for. */
const more = {
  'optimizely-events': [
    { name: 'AWS_ENDPOINT_URL_S3', about: 'another address for the bucket', optional: true },
  ],
  amperity: [
    {
      name: 'AMPERITY_PROFILE_INDEX',
      about: 'id of an index of the Profile API',
      optional: true,
    },
  ],
  'optimizely-dxp': [
    { name: 'OPTIMIZELY_DXP_PROJECT', about: 'id of a project of the key', optional: true },
  ],
}

const needed = `Variables for --live (X_FILE names a file that holds the value of X):
${variableList(undefined, more)}`

/** What `--help` says beside the usage. */
export const help: { readonly description: string; readonly after: string } = {
  description,
  after: `\n${[examples, needed, exitCodes].join('\n\n')}`,
}
