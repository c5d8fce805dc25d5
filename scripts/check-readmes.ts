/**
 * Keeps the documents true: every `ts` block in a README type-checks, every README is short, and
 * every link to a file in this repository leads somewhere.
 *
 * A block stands alone, as a module. `ts continued` goes on where the block before it stopped,
 * `ts axios-kalibrate.ts` is a run of lines of that file in examples/, word for word, and `ts nocheck`
 * is left out: a piece that is not there yet.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { packages, root } from './packages.ts'

const LONGEST = 150
const workshop = join(root, '.cache/readmes')
const problems: string[] = []
let blocks = 0

const documents = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => file.endsWith('.md') && existsSync(join(root, file)))

rmSync(workshop, { recursive: true, force: true })
mkdirSync(join(workshop, 'node_modules'), { recursive: true })
for (const file of documents) {
  const lines = readFileSync(join(root, file), 'utf8').split('\n')
  checkLinks(file, lines)
  if (!/^(packages\/[^/]+\/|examples\/)?README\.md$/.test(file)) continue
  if (lines.length - 1 > LONGEST)
    problems.push(`${file}: ${lines.length - 1} lines, over ${LONGEST}`)
  extract(file, lines)
}
if (blocks > 0) typecheck()

if (problems.length > 0) {
  console.error(problems.join('\n'))
  process.exit(1)
}
console.log(`✓ ${documents.length} documents, ${blocks} ts blocks`)

/** A module per block, each line at the number that it has in the document: errors then point there. */
function extract(file: string, lines: string[]): void {
  let module: { path: string; code: string[] } | undefined
  const write = () => module && writeFileSync(module.path, `${module.code.join('\n')}\nexport {}\n`)

  for (let number = 0; number < lines.length; number++) {
    const fence = /^```ts(?: (\S+))?$/.exec(lines[number] ?? '')
    if (!fence) continue
    const end = lines.indexOf('```', number)
    if (end === -1) {
      problems.push(`${file}:${number + 1}: this block has no end`)
      break
    }
    const code = lines.slice(number + 1, end)
    const example = fence[1]?.endsWith('.ts') && fence[1]
    if (example) {
      blocks += 1
      checkExample(`${file}:${number + 1}`, example, code)
    }
    if (example || fence[1] === 'nocheck') {
      number = end
      continue
    }
    if (fence[1] !== 'continued' || !module) {
      write()
      const name = `${file.replaceAll('/', '~')}~${number + 1}.ts`
      module = { path: join(workshop, name), code: [] }
    }
    while (module.code.length < number + 1) module.code.push('')
    module.code.push(...code)
    blocks += 1
    number = end
  }
  write()
}

function checkExample(place: string, example: string, code: string[]): void {
  const path = join(root, 'examples', example)
  if (!existsSync(path)) {
    problems.push(`${place}: there is no examples/${example}`)
  } else if (!`\n${readFileSync(path, 'utf8')}`.includes(`\n${code.join('\n')}\n`)) {
    problems.push(`${place}: this is no run of lines of examples/${example}`)
  }
}

function typecheck(): void {
  const modules = join(workshop, 'node_modules')
  for (const { directory, manifest } of packages) {
    link(directory, join(modules, manifest.name))
    const { dependencies, devDependencies, peerDependencies } = manifest
    const names = Object.keys({ ...dependencies, ...devDependencies, ...peerDependencies })
    for (const name of names) link(join(directory, 'node_modules', name), join(modules, name))
  }
  writeFileSync(
    join(workshop, 'tsconfig.json'),
    JSON.stringify({
      extends: '../../tsconfig.json',
      compilerOptions: { typeRoots: ['../../node_modules/@types'] },
      include: ['*.ts'],
    }),
  )
  try {
    execFileSync('tsc', ['-p', workshop, '--pretty', 'false'], { cwd: workshop, encoding: 'utf8' })
  } catch (error) {
    const { stdout } = error as { stdout?: string }
    if (!stdout) throw error
    problems.push(
      stdout
        .trim()
        .replace(/^([^\s(]+)~\d+\.ts\((\d+),(\d+)\)/gm, (_, name: string, line, column) => {
          return `${name.replaceAll('~', '/')}:${line}:${column}`
        }),
    )
  }
}

function link(target: string, path: string): void {
  if (existsSync(path) || !existsSync(target)) return
  mkdirSync(dirname(path), { recursive: true })
  symlinkSync(target, path, 'junction')
}

function checkLinks(file: string, lines: string[]): void {
  for (const [index, line] of lines.entries()) {
    for (const [, target = ''] of line.matchAll(/\]\((?![a-z]+:|#)([^)#\s]+)/g)) {
      if (existsSync(join(root, dirname(file), target))) continue
      problems.push(
        `${file}:${index + 1}: ${relative(root, join(root, dirname(file), target))} does not exist`,
      )
    }
  }
}
