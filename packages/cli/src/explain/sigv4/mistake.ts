import type { AwsMistake, Draft } from './draft.ts'

/** What was done wrong where. */
export interface Scene {
  /** As it is sent. */
  readonly url: string
  /** The target before anything was escaped in it. */
  readonly typed: string
  readonly accessKeyId: string
}

type Change = (draft: Draft) => Partial<Draft> | undefined

export function mistake(part: string, what: string, advice: string, change: Change): AwsMistake {
  return {
    part,
    what,
    advice,
    stacks: part === 'path' || part === 'query',
    make(draft) {
      const changed = change(draft)
      return changed && { ...draft, ...changed }
    },
  }
}

/** What fails where escapes are broken. */
export function attempt<T>(make: () => T): T | undefined {
  try {
    return make()
  } catch {
    return undefined
  }
}
