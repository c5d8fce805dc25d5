/**
 * Every regular expression in the sources takes a time that grows linearly with its input, whoever
 * wrote that: recheck proves it of the automaton, or counts the steps on strings that it breeds.
 */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { check } from 'recheck'
import { parseAst } from 'vitest/node'
import { root } from './packages.ts'

/** What is put together at run time, and why that is linear too. */
const COMPOSED: Readonly<Record<string, string>> = {
  'packages/core/src/redact.ts': 'literal texts, side by side: redact.test.ts has its growth',
  'packages/services/src/kalibrate.ts': 'two anchored expressions, side by side, each checked',
  'packages/testing/src/contract/site.ts': 'a host of the test, anchored, and nothing that repeats',
  'packages/testing/src/vendors/kalibrate.ts': 'names side by side, anchored, none that repeats',
}

const problems: string[] = []
const found = new Map<string, { source: string; flags: string; where: string }>()
for (const file of globSync('packages/*/src/**/*.ts', { cwd: root })) {
  const composed = collect(parseAst(readFileSync(join(root, file), 'utf8'), { lang: 'ts' }), file)
  if (composed && !COMPOSED[file]) problems.push(`${file}: puts a regular expression together`)
}
for (const { source, flags, where } of found.values()) {
  // Beyond that size the proof takes seconds, and the search for a bad string does not.
  // By steps alone, and not by a clock: else a busy machine makes of a linear one a slow one.
  const result = await check(source, flags, {
    maxNFASize: 5_000,
    attackTimeout: null,
    timeout: 60_000,
  })
  const literal = `${where}: /${source}/${flags}`
  if (result.status === 'vulnerable') problems.push(`${literal} is ${result.complexity.summary}`)
  if (result.status === 'unknown') problems.push(`${literal}: no verdict, ${result.error.kind}`)
}

if (problems.length > 0 || found.size === 0) {
  console.error(problems.join('\n') || 'There are no regular expressions to check')
  process.exit(1)
}
console.log(`✓ ${found.size} regular expressions are linear`)

/** Notes the literals below a node of a syntax tree. Returns whether one is put together there. */
function collect(node: unknown, file: string): boolean {
  if (typeof node !== 'object' || node === null) return false
  const { type, regex, callee } = node as {
    type?: string
    regex?: { pattern: string; flags: string }
    callee?: { name?: string }
  }
  if (type === 'Literal' && regex) {
    const { pattern: source, flags } = regex
    const key = `/${source}/${flags}`
    if (!found.has(key)) found.set(key, { source, flags, where: file })
  }
  const composed = callee?.name === 'RegExp'
  return Object.values(node).reduce((any, child) => collect(child, file) || any, composed)
}
