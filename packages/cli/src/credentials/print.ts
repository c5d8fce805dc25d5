import { chosen } from '../chosen.ts'
import { hasNo } from '../has-no.ts'
import { interruption } from '../interrupted.ts'
import { withSecret } from '../secret.ts'
import { eventsFor } from '../session.ts'
import { type Format, formats } from './formats.ts'

export interface Flags {
  readonly duration?: string
  readonly format: Format
  readonly cache: boolean
  readonly secretStdin?: boolean
}

/** Prints a service's AWS credentials. */
export async function printCredentials(name: string, flags: Flags): Promise<void> {
  const service = chosen(name)
  if (service !== 'optimizely-events') throw hasNo(service, 'AWS credentials')
  const { format, cache, duration } = flags
  const signal = interruption()
  const env = flags.secretStdin ? await withSecret(service, process.env, signal) : process.env
  const { credentials, region } = await eventsFor(env, { cache }, duration)
  process.stdout.write(await formats[format](await credentials({ signal }), region))
}
