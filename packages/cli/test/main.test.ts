import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { command } from './support.ts'

test('without arguments it says what there is', async () => {
  const { code, stdout, stderr } = await command([])
  expect(stdout).toMatch(/^Usage: countersign /)
  expect([stderr, code]).toEqual(['', 0])
  expect(stdout).toBe((await command(['--help'])).stdout)
})

test('--version is that of the package', async () => {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  const { version } = JSON.parse(manifest) as { version: string }
  expect(await command(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' })
})
