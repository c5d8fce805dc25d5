import { chosen } from '../chosen.ts'
import { hasNo } from '../has-no.ts'
import { interruption } from '../interrupted.ts'
import { withSecret } from '../secret.ts'
import { signerFor } from '../session.ts'

export interface Flags {
  readonly json?: boolean
  readonly cache: boolean
  readonly secretStdin?: boolean
}

/** Prints a service's access token, which is what its signer puts on a request. */
export async function printToken(name: string, flags: Flags): Promise<void> {
  const service = chosen(name)
  if (service === 'optimizely-events' || service === 'optimizely-dxp') {
    throw hasNo(service, 'access token')
  }
  const signal = interruption()
  const env = flags.secretStdin ? await withSecret(service, process.env, signal) : process.env
  let end: number | undefined
  const signer = await signerFor(service, env, {
    cache: flags.cache,
    onEvent(event) {
      if ('expiresAt' in event) end = event.expiresAt
    },
  })
  const request = { method: 'GET', url: `${signer.baseUrl}/`, headers: {}, signal }
  const { authorization = '' } = (await signer.sign(request)).headers
  const [, type, token] = /^(\S+) (.+)$/.exec(authorization) ?? []
  const expiresAt = end === undefined ? undefined : new Date(end).toISOString()
  process.stdout.write(`${flags.json ? JSON.stringify({ token, type, expiresAt }) : token}\n`)
}
