import type { CacheEvent } from '@countersign/core'

/** Follows one cache by what it tells, and asks of each contact of its source why it was made. */
export interface Audit {
  readonly onEvent: (event: CacheEvent) => void
  /** The clock of the cache has been set. */
  jumped(): void
  readonly contacts: number
  /** Contacts for which there was no reason. */
  readonly idle: number
  /** A contact is under way, unless it has been abandoned. */
  readonly pending: boolean
}

export function audit(now: () => number): Audit {
  /** From when on a contact needs no other reason than the time. */
  let due = -Infinity
  let contacts = 0
  let idle = 0
  let pending = false
  /** The clock was set while a contact was under way: what that brings may seem to come from the future. */
  let confused = false

  return {
    jumped() {
      due = -Infinity
      confused = pending
    },
    get contacts() {
      return contacts
    },
    get idle() {
      return idle
    },
    get pending() {
      return pending
    },
    onEvent(event) {
      if (event.type === 'refresh-start') {
        contacts++
        if (now() < due - 1) idle++
        // If nothing comes of it, all who waited have left: who comes next asks anew.
        due = -Infinity
        pending = true
        confused = false
      } else if (event.type === 'refresh-ok' || event.type === 'unchanged') {
        due = confused ? -Infinity : now() + event.renewIn
        pending = false
      } else if (event.type === 'refresh-failed') {
        pending = false
      } else if (event.type === 'refused') {
        due = -Infinity
      }
    },
  }
}
