/**
 * Keeps the threat model true: every attacker has what holds them off, and each test that shows it is
 * in the file that is named, by the title that is quoted.
 *
 * A title is found as it stands in the source; `${…}` in it stands for anything.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAst } from 'vitest/node'
import { root } from './packages.ts'

const DOCUMENT = 'docs/threat-model.md'
const problems: string[] = []
let shown = 0

const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>
}
const text = readFileSync(join(root, DOCUMENT), 'utf8')
for (const [, name = '', section = ''] of text.matchAll(/^### (.+)\n((?:(?!##).*\n)*)/gm)) {
  const evidence = section.split('\n').filter((line) => line.startsWith('- ['))
  if (evidence.length === 0) problems.push(`${name}: no test shows what holds them off`)
  for (const line of evidence) problems.push(...wrongIn(line).map((one) => `${name}: ${one}`))
}
if (shown < 40) problems.push(`${shown} tests are named: the document is not read as it is written`)

if (problems.length > 0) {
  console.error(problems.map((one) => `${DOCUMENT}: ${one}`).join('\n'))
  process.exit(1)
}
console.log(`✓ ${shown} tests show what the threat model says`)

/** What is not so of a line of evidence. */
function wrongIn(line: string): string[] {
  const files = [...line.matchAll(/\]\(\.\.\/([^)]+)\)/g)].map(([, file = '']) => file)
  const titles = [...line.matchAll(/“([^”]+)”/g)].map(([, title = '']) => title)
  const commands = [...line.matchAll(/`pnpm (check:\w+)`/g)].map(([, command = '']) => command)
  const missing = files.filter((file) => !existsSync(join(root, file)))
  if (missing.length > 0) return missing.map((file) => `there is no ${file}`)
  if (titles.length + commands.length === 0) return [`${files.join(', ')}: no test is named`]
  shown += titles.length + commands.length
  const known = files.filter((file) => file.startsWith('packages/')).flatMap(titlesIn)
  return [
    ...titles.flatMap((title) => {
      if (!known.some((one) => one.test(title))) return [`${files.join(', ')} has no “${title}”`]
      // A pattern that takes anything would show nothing.
      return known.some((one) => one.test(`no ${title}!`)) ? [`“${title}” cannot be missed`] : []
    }),
    ...commands
      .filter((command) => !files.some((file) => scripts[command]?.includes(file)))
      .map((command) => `${command} does not run ${files.join(', ')}`),
    ...commands
      .filter((command) => !scripts.check?.includes(command))
      .map((command) => `${command} is no part of \`pnpm check\``),
  ]
}

/** The titles of the tests in a file, and those of the cases of a contract. */
function titlesIn(file: string): RegExp[] {
  const titles: RegExp[] = []
  visit(parseAst(readFileSync(join(root, file), 'utf8'), { lang: 'ts' }), (node) => {
    const { type, callee, arguments: given, key, value } = node
    if (type === 'CallExpression' && isTest(callee)) titles.push(...patternOf(given?.[0]))
    if (type === 'Property' && key?.name === 'title') titles.push(...patternOf(value))
  })
  return titles
}

interface Node {
  readonly type?: string
  readonly name?: string
  readonly callee?: Node
  readonly object?: Node
  readonly property?: Node
  readonly arguments?: readonly Node[]
  readonly key?: Node
  readonly value?: Node & string
  readonly quasis?: readonly { readonly value: { readonly cooked: string } }[]
}

function visit(node: unknown, see: (node: Node) => void): void {
  if (typeof node !== 'object' || node === null) return
  see(node)
  for (const child of Object.values(node)) visit(child, see)
}

/** Whether it is `test`, or `test.each(…)` and the like, that runs. */
function isTest({ type, name, callee, object, property }: Node = {}): boolean {
  if (type === 'Identifier') return name === 'test' || name === 'it'
  if (type === 'CallExpression') return isTest(callee)
  const left = ['skip', 'todo', 'fails'].includes(property?.name ?? '')
  return type === 'MemberExpression' && !left && isTest(object)
}

function patternOf({ type, value, quasis = [] }: Node = {}): RegExp[] {
  const texts = type === 'Literal' ? [String(value)] : quasis.map((part) => part.value.cooked)
  const literal = texts.map((text) => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'))
  return literal.length > 0 ? [new RegExp(`^${literal.join('.+')}$`)] : []
}
