/** Every changeset names packages of this workspace and says something to their users. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packages, root } from './packages.ts'

const names = new Set(packages.map(({ manifest }) => manifest.name))
const folder = join(root, '.changeset')
const files = readdirSync(folder).filter((file) => file.endsWith('.md') && file !== 'README.md')
const problems: string[] = []

for (const file of files) {
  const text = readFileSync(join(folder, file), 'utf8')
  const [, head, summary] = /^---\n(.*?)^---\n(.*)$/ms.exec(text) ?? []
  const complain = (problem: string) => problems.push(`.changeset/${file}: ${problem}`)
  if (head === undefined) {
    complain('has no front matter')
    continue
  }
  // An empty one is a changeset too: it says that a change concerns no user.
  for (const line of head.split('\n').filter(Boolean)) {
    const [, name = '', bump = ''] = /^['"]?([^'"]+?)['"]?:\s*(\w+)$/.exec(line) ?? []
    if (!names.has(name)) complain(`${line}: no such package in the workspace`)
    if (!['major', 'minor', 'patch'].includes(bump)) complain(`${line}: not major, minor or patch`)
  }
  if (head.trim() && !summary?.trim()) complain('has no sentence for the users')
}

if (problems.length > 0) {
  console.error(problems.join('\n'))
  process.exit(1)
}
console.log(`✓ ${files.length} changesets`)
