const description = [
  'Lets the five services listen on this machine, as servers that verify what arrives as the vendors do: signatures, tokens and their time, user agents. Nobody else can reach them, and nothing leaves the machine.',
  'Prints the variables that lead every other command there, with credentials that are made up for this run. On standard error are commands to try, and then a line for each request that arrives.',
].join('\n\n')

const examples = `Examples:
  countersign sandbox                    then paste the lines into another shell
  countersign sandbox --port 4000        at the same addresses each time

  countersign sandbox -o sandbox.env &
  . ./sandbox.env && countersign demo --live

  countersign sandbox --json > sandbox.jsonl &
  jq -r '.env | keys[]' sandbox.jsonl`

const json = `--json prints an object to a line on standard output: first {"env", "examples"},
then {"time", "service", "method", "target", "status"} for each request.`

const exitCodes = `Exit codes:
  1    a port is in use, or the file cannot be written
  2    wrong usage: an unknown option
  130  ended by Ctrl-C`

/** What `--help` says beside the usage. */
export const help: { readonly description: string; readonly after: string } = {
  description,
  after: `\n${[json, examples, exitCodes].join('\n\n')}`,
}
