import type { ServiceName } from '../variables.ts'
import type { Stage } from './stage.ts'

/** What a step has to say for itself. */
export interface Seen {
  readonly result: string
  /** In full what a user would see, such as the message of an error. */
  readonly note?: string
  /** Where only the step knows how many it takes. */
  readonly requests?: readonly [token: number, api: number]
}

/** One thing that the vendor's documents describe. */
export interface Step {
  readonly title: string
  /** How many requests it takes, exactly. */
  readonly requests: readonly [token: number, api: number]
  /** It takes a hook of the sandbox, or would change something at the vendor's. */
  readonly sandboxOnly?: boolean
  /** @throws {Off} if it is not as described. */
  run(): Promise<Seen | string> | Seen | string
}

/** What a service's documents describe, step by step. */
export interface Demo {
  readonly service: ServiceName
  /**
   * Builds the signers, and returns the steps. Nothing is sent yet.
   *
   * @throws {UsageError} if the environment lacks something.
   * @throws {OptionError} if the service takes an option otherwise.
   */
  steps(stage: Stage): readonly Step[]
}
