import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** The `aws` command line of its tests: the first on PATH. */
export function findAwsCli(): string | undefined {
  const name = process.platform === 'win32' ? 'aws.exe' : 'aws'
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '')
  return folders.map((folder) => join(folder, name)).find(isExecutable)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

export const noAwsCli = `
${'━'.repeat(80)}
  THE TESTS OF THE AWS COMMAND LINE DID NOT RUN: there is no aws on this machine.
  Install it (on Debian: apt-get install awscli), and have it on PATH.
${'━'.repeat(80)}
`
