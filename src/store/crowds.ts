/** How many there are already: verifications that wait, and subscriptions that live. */
import type Sqlite from 'better-sqlite3'
import type { Owner } from '../core/owner.ts'
import type { IntentRequest, IntentRoom } from '../core/store-ports.ts'

/** Counts that are known; more would be strangers' hosts for the most part. */
const MAX_KNOWN = 10_000

/** A crowd that is full is counted anew after this long, since some may have left; and any crowd now and then. */
const RECOUNT_FULL_MS = 1_000
const RECOUNT_MS = 60_000

/** What the same asker asked for before, and which still waits: a newer request takes its place. */
export const OLDER = 'subscription = @subscription and mode = @mode and owner is @owner and claim is null'

/** What `OLDER` is about. */
export interface Older {
  /** 0 where there is none. */
  subscription: number
  mode: string
  owner: Owner
}

interface Count {
  n: number
  at: number
}

export interface Crowds {
  /** Whether one more verification may wait in the stead of older ones. */
  mayWait(request: IntentRequest, older: Older, room: IntentRoom): boolean
  /** Why there may be no new subscription; undefined when there may. */
  noRoomFor(request: IntentRequest, room: IntentRoom): 'subscriber-full' | 'host-full' | undefined
  /** There is a new one. */
  grow(request: IntentRequest): void
}

/** The file is this process's alone, so what was counted once is counted on. */
export function createCrowds(file: Sqlite.Database): Crowds {
  const count = (sql: string) => {
    const statement = file.prepare<[object], number>(`select count(*) from (${sql} limit @most)`).pluck()
    return (most: number, parameters: object): number =>
      // A limit is a whole number.
      statement.get({ ...parameters, most: Math.min(most, Number.MAX_SAFE_INTEGER) }) ?? 0
  }
  // Denials wait in the same queue, and take nobody's place.
  const waiting = count(`select 1 from intents where mode <> 'denied' and not (${OLDER})`)
  const waitingForHost = count(`select 1 from intents where kind = 'ask' and host = @host and not (${OLDER})`)
  const waitingOfClient = count(`select 1 from intents where client = @client and not (${OLDER})`)
  const ofOwner = count(`select 1 from subscriptions where owner = @name and state <> 'ended'`)
  const ofHost = count(`select 1 from subscriptions where host = @name and state <> 'ended'`)

  const known = new Map<string, Count>()

  /** Those that ended since are counted still, until it would make a difference. */
  function isFull(kind: 'owner' | 'host', name: string, most = Infinity): boolean {
    if (most === Infinity) return false
    const id = `${kind} ${name}`
    const now = performance.now()
    let found = known.get(id)
    const keptMs = found !== undefined && found.n >= most ? RECOUNT_FULL_MS : RECOUNT_MS
    if (found === undefined || now - found.at >= keptMs) {
      if (known.size >= MAX_KNOWN) known.clear()
      found = { n: (kind === 'owner' ? ofOwner : ofHost)(most, { name }), at: now }
      known.set(id, found)
    }
    return found.n >= most
  }

  return {
    mayWait({ host, client }, older, { inAll, perHost = Infinity, perClient = Infinity }) {
      const isRoom = (most: number, counted: typeof waiting): boolean =>
        most === Infinity || counted(most, { ...older, host, client }) < most
      return (
        isRoom(inAll, waiting) &&
        isRoom(perHost, waitingForHost) &&
        (client === undefined || isRoom(perClient, waitingOfClient))
      )
    },

    noRoomFor({ owner, host }, { subscriptions }) {
      if (owner !== null && isFull('owner', owner, subscriptions?.perSubscriber)) return 'subscriber-full'
      return isFull('host', host, subscriptions?.perHost) ? 'host-full' : undefined
    },

    grow({ owner, host }) {
      for (const id of [`owner ${owner ?? ''}`, `host ${host}`]) {
        const found = known.get(id)
        if (found !== undefined) found.n += 1
      }
    },
  }
}
