/** Packs the public packages, and lets the tools that know how packages are used look at the tarballs. */
import { readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { parseAst } from 'vitest/node'
import { output, pack, type Package, packages } from './packages.ts'

const problems = (
  await Promise.all(
    (
      await pack()
    ).map(async (it) => {
      const lines = [
        ...(await complaints('publint', [it.tarball, '--strict'])),
        ...(await complaints('attw', [it.tarball, '--profile', 'esm-only', '--quiet'])),
      ]
      console.log(`${lines.length ? '✗' : '✓'} ${it.manifest.name}: ${it.files.length} files`)
      return lines.map((line) => `${it.manifest.name}: ${line}`)
    }),
  )
).flat()

const core = packages.find(({ folder }) => folder === 'core')
if (core) {
  const outside = loads(core, join(core.directory, 'dist/index.js'))
  for (const name of outside) problems.push(`the root entry of core loads ${name}`)
  if (outside.length === 0) console.log('✓ the root entry of core loads no other package')
}

if (problems.length > 0) {
  console.error(`\n${problems.join('\n')}`)
  process.exit(1)
}

async function complaints(command: string, args: string[]): Promise<string[]> {
  try {
    await output(command, args)
    return []
  } catch (error) {
    return [(error as Error).message]
  }
}

/** Every module outside the package that a built file imports, at once or later, however deep. */
function loads(it: Package, entry: string): string[] {
  const outside: string[] = []
  const files = new Set([entry])
  for (const file of files) {
    for (const specifier of imports(parseAst(readFileSync(file, 'utf8')))) {
      if (specifier.startsWith('.')) files.add(join(dirname(file), specifier))
      else outside.push(`${specifier} (in ${relative(it.directory, file)})`)
    }
  }
  return outside
}

/** The sources of `import … from`, `export … from` and `import()` in a syntax tree. */
function imports(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return []
  const { type, source } = node as { type?: string; source?: { value?: string } | null }
  const here = source && /^(Import|Export)/.test(type ?? '')
  return [
    ...(here ? [source.value ?? 'a module whose name is computed'] : []),
    ...Object.values(node).flatMap(imports),
  ]
}
