import { cacheHelp, exitHelp, variableList } from '../help.ts'

const description =
  'Prints an access token, alone on a line, for a program that sends its requests itself. It is good for some minutes at least: rather than to keep it, run this again.'

const examples = `Examples:
  countersign token kalibrate
  countersign token amperity --json | jq -r .expiresAt
  pass angus | countersign token angus --secret-stdin

  Where no other user of the machine sees it, as on a command line they can:
    printf 'Authorization: Bearer %s' "$(countersign token angus)" |
      curl -H @- https://data.angus.ai/api/1/entities`

const needed = `Variables (X_FILE names a file that holds the value of X):
${variableList(['kalibrate', 'amperity', 'angus'])}`

/** What `--help` says beside the usage. */
export const help: { readonly description: string; readonly after: string } = {
  description,
  after: `\n${[examples, needed, cacheHelp, exitHelp].join('\n\n')}`,
}
