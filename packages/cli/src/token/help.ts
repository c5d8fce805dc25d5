import { cacheHelp, exitHelp, variableList } from '../help.ts'

const description =
  'Prints an access token alone on a line, for a program that sends its requests itself. It is good for some minutes at least: run this again for each use, rather than to keep it.'

const examples = `Examples:
  countersign token kalibrate
  curl -H "Authorization: Bearer $(countersign token angus)" https://data.angus.ai/api/1/…
  countersign token amperity --json | jq -r .expiresAt
  pass show kalibrate | countersign token kalibrate --secret-stdin`

const needed = `Variables (X_FILE names a file that holds the value of X):
${variableList(['kalibrate', 'amperity', 'angus'])}`

/** What `--help` says beside the usage. */
export const help: { readonly description: string; readonly after: string } = {
  description,
  after: `\n${[examples, needed, cacheHelp, exitHelp].join('\n\n')}`,
}
