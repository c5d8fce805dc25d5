import type { AwsCredentials, ProviderOptions } from '@countersign/core'

export const SECOND = 1000
export const MINUTE: number = 60 * SECOND
export const HOUR: number = 60 * MINUTE
export const START: number = Date.UTC(2026, 0, 31)

/** A source of credentials and a clock, both in the hands of a test. */
export interface Rig {
  now: number
  /** How long the next credentials live, in ms. */
  lifetime: number
  /** What the next contacts fail with. */
  failure: Error | undefined
  /** What each contact was asked for. */
  readonly contacts: (ProviderOptions<AwsCredentials> | undefined)[]
  readonly source: (options?: ProviderOptions<AwsCredentials>) => Promise<AwsCredentials>
  readonly clock: () => number
}

export function rig(lifetime: number = HOUR): Rig {
  const self: Rig = {
    now: START,
    lifetime,
    failure: undefined,
    contacts: [],
    source: async (options) => {
      self.contacts.push(options)
      if (self.failure) throw self.failure
      const n = self.contacts.length
      return {
        accessKeyId: `ASIA${n}`,
        secretAccessKey: `secret-${n}`,
        sessionToken: `token-${n}`,
        expiresAt: self.now + self.lifetime,
      }
    },
    clock: () => self.now,
  }
  return self
}

/** What is under way has arrived. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
