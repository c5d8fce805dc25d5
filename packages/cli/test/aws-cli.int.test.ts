import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { folder } from './cache/folder.ts'
import { open, variablesFor } from './sandbox.ts'
import type { Ended } from './support.ts'

/** The real `aws` command line with credentials of ours, against a bucket that verifies them. */

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const COUNTERSIGN = [process.execPath, '--conditions=@countersign/source', main]
  .map((part) => `"${part}"`)
  .join(' ')
const DAY = new Date().toISOString().slice(0, 10)

async function house() {
  const { sandbox, options, s3 } = await open({ optimizelyEvents: { objects: 2 } })
  const { PATH = '', HOME = '' } = process.env
  const home = folder()
  const env = {
    PATH,
    HOME,
    AWS_CONFIG_FILE: join(home, 'config'),
    AWS_SHARED_CREDENTIALS_FILE: join(home, 'none'),
    AWS_EC2_METADATA_DISABLED: 'true',
    COUNTERSIGN_CACHE_DIR: join(home, 'cache'),
    ...variablesFor('optimizely-events', options.optimizelyEvents),
  }
  writeFileSync(
    env.AWS_CONFIG_FILE,
    `[profile optimizely]
region = us-east-1
credential_process = ${COUNTERSIGN} credentials optimizely-events
`,
  )
  const sh = (script: string, more: Record<string, string> = {}): Promise<Ended> =>
    new Promise((resolve) => {
      const given = { env: { ...env, ...more } }
      execFile('/bin/sh', ['-c', script], given, (error, stdout, stderr) => {
        resolve({ code: error ? Number(error.code) : 0, stdout, stderr })
      })
    })
  const aws = (args: string) => `aws --endpoint-url ${s3} ${args}`
  return { sandbox, sh, aws }
}

test('as credential_process: lists, is denied without the slash, downloads; by one request', async () => {
  const { sandbox, sh, aws } = await house()
  const run = (args: string) => sh(aws(`--profile optimizely ${args}`))
  const bucket = 's3://optimizely-events-data'
  const printed = await sh(`${COUNTERSIGN} credentials optimizely-events --format json`)
  const { s3Path } = JSON.parse(printed.stdout)
  const [listed, denied] = await Promise.all([
    run(`s3 ls --recursive ${s3Path}/type=decisions/date=${DAY}/`),
    run(`s3 ls ${s3Path}/type=decisions/date=${DAY}`),
  ])
  expect([listed.stderr, listed.code]).toEqual(['', 0])
  const keys = listed.stdout.match(/\S+\.parquet/g) ?? []
  expect(keys).toHaveLength(2)
  expect(denied.stderr).toContain('AccessDenied')

  const file = await run(`s3 cp ${bucket}/${keys[0]} -`)
  expect([file.stderr, file.code]).toEqual(['', 0])
  expect(file.stdout.length).toBeGreaterThan(0)
  expect(sandbox.count({ endpoint: 'token' })).toBe(1)
  expect(sandbox.count({ endpoint: 'api', status: 200 })).toBeGreaterThan(1)
})

test("as the environment of a shell: the vendor's own steps", async () => {
  const { sh, aws } = await house()
  const { code, stdout, stderr } = await sh(`
    eval "$(${COUNTERSIGN} credentials optimizely-events --format env)"
    ${aws(`s3 ls --recursive "\${S3_BASE_PATH}type=events/date=${DAY}/"`)}`)
  expect([stderr, code]).toEqual(['', 0])
  expect(stdout.match(/part-\d+\S*\.parquet/g)).toHaveLength(2)
})

test('a refusal is what aws shows', async () => {
  const { sh, aws } = await house()
  const env = { OPTIMIZELY_EVENTS_TOKEN: 'a-wrong-secret' }
  const { code, stderr } = await sh(aws('--profile optimizely s3 ls s3://x/'), env)
  expect(code).not.toBe(0)
  expect(stderr).toMatch(/custom-process: countersign: GET .+ answered 401 \(.+\)/)
  expect(stderr).not.toContain('a-wrong-secret')
})
