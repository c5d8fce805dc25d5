import { type Environment, optionsFrom } from '../../env.ts'
import { signerFor } from '../../session.ts'
import { UsageError } from '../../usage-error.ts'
import type { Credential } from './explain.ts'

/**
 * The credential of the environment.
 *
 * @throws {UsageError} naming the variable that is missing or wrong, and what about a secret is odd.
 */
export async function credentialFrom(env: Environment): Promise<Credential> {
  const { key, secret } = optionsFrom('optimizely-dxp', env)
  const text = String(secret)
  try {
    await signerFor('optimizely-dxp', env, { cache: false })
  } catch (error) {
    const hint = error instanceof UsageError && /_SECRET takes/.test(error.message) && odd(text)
    throw hint ? new UsageError(`${error.message}: this one ${hint}`) : error
  }
  return { key, secret: text }
}

/** What can be said about a secret that is no base64, without showing it. */
function odd(secret: string): string {
  if (/^\s|\s$/.test(secret)) return 'has white space at an end'
  if (/^(['"]).*\1$/.test(secret)) return 'has quotes around it'
  if (/\s/.test(secret)) return 'has white space in it'
  if (/[-_]/.test(secret)) return 'is in the alphabet for URLs, with - or _'
  if (/[^A-Za-z\d+/=]/.test(secret)) return 'has characters that are no base64'
  return `has ${secret.length} characters, no multiple of 4: a part of it is missing, or its =`
}
