/** What the flow needs of the store to erase a person. */

/** What was removed so far. */
export interface Erased {
  events: number
  /** Of those events: that were done with, delivered or not. */
  deliveries: number
  /** Of those events: that still waited, and go to nobody any more. */
  dropped: number
  /** What was remembered of the user, in each source. */
  memories: number
  /** Whether nothing is left. */
  complete: boolean
}

/** What an event's SET says that the erasure has to know. */
export interface EventSubject {
  /** As `events` has it. */
  subject?: string
  /** Under what its source may remember the user. */
  users: readonly string[]
}

/** Reads a SET of this source. */
export type ReadSubject = (token: string, source: string) => EventSubject

export interface Erasures {
  /** The tenant's sources; undefined when there is no such tenant. */
  sources(tenant: string): Promise<{ id: string; issuer: string }[] | undefined>
  /**
   * Begins one, and forgets what the sources remember of these users. From then on it goes on after any crash.
   * What is accepted later is not looked at.
   * @returns its number; undefined when there is no such tenant
   */
  begin(erasure: {
    tenant: string
    /** As `events` has it. */
    subject: string
    users: readonly { source: string; user: string }[]
    now: number
  }): Promise<number | undefined>
  /** One that is not complete, the longest begun; undefined when there is none. */
  unfinished(): Promise<{ num: number; tenant: string } | undefined>
  /**
   * Goes on with one: looks at some events and removes at most `limit` rows, in one commit. Whatever is removed is
   * overwritten in the file, and once it is complete, no older copy is left in the log beside it.
   * @returns how far it is, with what it dropped in this step; complete when there is no such erasure any more
   */
  step(num: number, read: ReadSubject, limit: number, now: number): Promise<Erased & { droppedNow: number }>
}
