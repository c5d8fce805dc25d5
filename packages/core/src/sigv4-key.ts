import { digester, type Mac } from './digest.ts'
import { keyBytes } from './hmac-key.ts'
import { handedOut } from './options.ts'
import type { AwsCredentials } from './provider.ts'
import { triple } from './sigv4-check.ts'

/** What signs for one day. */
export interface SigningKey extends AwsCredentials {
  readonly day: string
  /** Day, region and service that the key is for. */
  readonly scope: string
  readonly mac: Mac
}

/** Derives the key of some credentials for a day, `YYYYMMDD`, or knows it still. */
export type Keyring = (credentials: AwsCredentials, day: string) => SigningKey

/** How many keys are kept: those before and after a rotation, on either side of midnight. */
const KEPT = 4

export function keyring({ region, service }: { region: string; service: string }): Keyring {
  const keys: SigningKey[] = []
  return (credentials, day) => {
    // All of it at once, and compared by what it says: a caller may reuse the object.
    const { accessKeyId, secretAccessKey, sessionToken } = credentials ?? {}
    const known = keys.find(
      (key) =>
        key.day === day &&
        key.secretAccessKey === secretAccessKey &&
        key.sessionToken === sessionToken &&
        key.accessKeyId === accessKeyId,
    )
    if (known) return known
    const whole = credentials && { accessKeyId, secretAccessKey, sessionToken }
    const key = {
      ...handedOut('credentials', whole, triple),
      day,
      scope: `${day}/${region}/${service}/aws4_request`,
      mac: derived(`AWS4${secretAccessKey}`, [day, region, service, 'aws4_request']),
    }
    keys.unshift(key)
    keys.length = Math.min(keys.length, KEPT)
    return key
  }
}

function derived(secret: string, steps: readonly string[]): Mac {
  const macOf = (key: Uint8Array) => digester.hmac('sha256', key)
  return steps.reduce(
    (mac, step) => macOf(keyBytes(mac.sign(step, 'hex'), 'hex')),
    macOf(keyBytes(secret, 'utf8')),
  )
}

/** An instant in milliseconds as AWS writes it, in whole seconds: `20130524T000000Z`. */
export function amzTime(time: number): string {
  return new Date(time).toISOString().replace(/[:-]|\.\d{3}/g, '')
}
