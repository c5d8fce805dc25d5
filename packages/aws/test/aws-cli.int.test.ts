import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { listen } from '@countersign/testing/server'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { openExport, parts } from './support/export.ts'
import { BUCKET } from './support/s3-server.ts'

/** The `aws` command line, as the vendor's steps use it, and with a program for its credentials. */

let home: string
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'countersign-aws-'))
  return () => rm(home, { recursive: true, force: true })
})

/** Runs it with nothing of the machine's own settings. */
function aws(args: string[], env: Record<string, string>) {
  const { PATH = '', HOME = '' } = process.env
  const settings = {
    PATH,
    HOME,
    AWS_CONFIG_FILE: join(home, 'config'),
    AWS_SHARED_CREDENTIALS_FILE: join(home, 'credentials'),
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_REGION: 'us-east-1',
    AWS_DEFAULT_REGION: 'us-east-1',
  }
  return new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
    execFile('aws', args, { env: { ...settings, ...env } }, (error, stdout, stderr) => {
      resolve({ code: error?.code ?? 0, stdout, stderr })
    })
  })
}

test("the vendor's own steps: credentials in the environment, a listing, a download", async () => {
  const { sandbox, s3, events, folder } = await openExport()
  const objects = parts(folder, 3)
  await s3.put(objects)
  const { accessKeyId, secretAccessKey, sessionToken } = await events.credentials()
  const env = {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  }
  const uri = `s3://${BUCKET}/${folder}`
  const at = ['--endpoint-url', s3.endpoint]
  const target = join(home, 'downloads')
  const [listing, denied, download] = await Promise.all([
    aws(['s3', 'ls', uri, ...at], env),
    aws(['s3', 'ls', uri.slice(0, -1), ...at], env),
    aws(['s3', 'cp', '--recursive', '--quiet', uri, target, ...at], env),
  ])

  expect(listing).toMatchObject({ code: 0, stderr: '' })
  expect(listing.stdout.match(/part-\d+\.parquet/g)).toHaveLength(3)
  expect(denied.code).not.toBe(0)
  expect(denied.stderr).toContain('AccessDenied')
  expect(download).toMatchObject({ code: 0, stderr: '' })
  const files = await readdir(target)
  const texts = await Promise.all(files.map((file) => readFile(join(target, file), 'utf8')))
  expect(texts.sort()).toEqual(Object.values(objects))
  expect(sandbox.count()).toBe(1)
})

test('credential_process: a program that prints credentialProcess()', async () => {
  const { sandbox, s3, folder } = await openExport()
  const server = await listen(sandbox)
  onTestFinished(server.close)
  await s3.put(parts(folder, 1))
  const program = fileURLToPath(new URL('./support/print-credentials.ts', import.meta.url))
  const command = [process.execPath, '--conditions=@countersign/source', program]
  await writeFile(
    join(home, 'config'),
    `[default]\ncredential_process = ${command.map((part) => `"${part}"`).join(' ')}\n`,
  )
  const { token, baseUrl } = server.options.optimizelyEvents
  const uri = `s3://${BUCKET}/${folder}part-0000.parquet`
  const answer = await aws(['s3', 'cp', uri, '-', '--endpoint-url', s3.endpoint], {
    OPTIMIZELY_EVENTS_TOKEN: token,
    OPTIMIZELY_EVENTS_BASE_URL: baseUrl,
  })
  expect(answer).toEqual({ code: 0, stdout: 'rows of 0000', stderr: '' })
  // The program's own credentials, and no others.
  const id = sandbox.issued[1]?.accessKeyId
  expect(new Set(s3.requests.map(({ accessKeyId }) => accessKeyId))).toEqual(new Set([id]))
})
