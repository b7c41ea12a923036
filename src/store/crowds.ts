/** How many there are already: verifications that wait, and subscriptions that live. */
import type Sqlite from 'better-sqlite3'
import type { Owner } from '../core/owner.ts'
import type { IntentRequest, IntentRoom } from '../core/store-ports.ts'

/** Counts that are known; more would be strangers' hosts for the most part. */
const MAX_KNOWN = 10_000

/**
 * What was counted once is counted on, since the file is this process's alone; those that have gone since are counted
 * still, until it would make a difference. In milliseconds: a crowd that is full is counted anew after the first, any
 * crowd after the second, since not all that come are told here.
 */
const RECOUNT = {
  verifications: { full: 0, any: 1_000 },
  subscriptions: { full: 1_000, any: 60_000 },
} as const

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

interface Crowds {
  /** Whether one more verification may wait in the stead of older ones. */
  mayWait(request: IntentRequest, older: Older, room: IntentRoom): boolean
  /** Why there may be no new subscription; undefined when there may. */
  noRoomFor(request: IntentRequest, room: IntentRoom): 'subscriber-full' | 'host-full' | undefined
  /** @param isNew whether a subscription begins with the verification that now waits */
  grow(request: IntentRequest, isNew: boolean): void
}

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

  function isFull(of: keyof typeof RECOUNT, who: string, most: number, counted: () => number): boolean {
    if (most === Infinity) return false
    const id = `${of} ${who}`
    const now = performance.now()
    const before = known.get(id)
    const { full, any } = RECOUNT[of]
    if (before !== undefined && now - before.at < (before.n >= most ? full : any)) return before.n >= most
    if (known.size >= MAX_KNOWN) known.clear()
    const n = counted()
    known.set(id, { n, at: now })
    return n >= most
  }

  return {
    mayWait(request, older, { inAll, perHost = Infinity, perClient = Infinity }) {
      const { host, client } = request
      const isRoom = (who: string, most: number, count: typeof waiting): boolean =>
        !isFull('verifications', who, most, () => count(most, { ...older, host, client }))
      return (
        isRoom(ALL, inAll, waiting) &&
        isRoom(hostKey(request), perHost, waitingForHost) &&
        (client === undefined || isRoom(clientKeyOf(request), perClient, waitingOfClient))
      )
    },

    noRoomFor(request, { subscriptions }) {
      const { perSubscriber = Infinity, perHost = Infinity } = subscriptions ?? {}
      const isCrowd = (who: string, most: number, count: typeof ofHost, name: string): boolean =>
        isFull('subscriptions', who, most, () => count(most, { name }))
      const { owner, host } = request
      if (owner !== null && isCrowd(ownerKey(request), perSubscriber, ofOwner, owner))
        return 'subscriber-full'
      return isCrowd(hostKey(request), perHost, ofHost, host) ? 'host-full' : undefined
    },

    grow(request, isNew) {
      const waits = [ALL, hostKey(request), clientKeyOf(request)].map((who) => `verifications ${who}`)
      const lives = [ownerKey(request), hostKey(request)].map((who) => `subscriptions ${who}`)
      for (const id of isNew ? [...waits, ...lives] : waits) {
        const found = known.get(id)
        if (found !== undefined) found.n += 1
      }
    },
  }
}

const ALL = 'all'
const hostKey = ({ host }: IntentRequest): string => `host ${host}`
const clientKeyOf = ({ client = '' }: IntentRequest): string => `client ${client}`
const ownerKey = ({ owner }: IntentRequest): string => `owner ${owner ?? ''}`
