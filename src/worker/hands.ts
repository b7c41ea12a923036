/**
 * How many deliveries may be under way at once: in all, per origin, and with receivers that are slow or not known yet,
 * which are unproven. How many per subscription is for the queue's window (`core/queue-state.ts`).
 */

export interface Concurrency {
  deliveries: number
  perSubscription: number
  perOrigin: number
}

/** What a delivery that is under way occupies. */
interface Place {
  origin: string
  /** Whether its receiver is known to answer soon. */
  quick: boolean
}

export interface Hands {
  readonly free: number
  /** How many more unproven ones may be under way: they have half of all, the rest is for the others. */
  readonly unproven: number
  /** Deliveries under way by origin. */
  readonly ofOrigin: ReadonlyMap<string, number>
  /** The unproven ones among them. */
  readonly unprovenOfOrigin: ReadonlyMap<string, number>
  /** So many of those an origin may have: a quarter of what all have, or one that is dead would have all of it. */
  readonly unprovenPerOrigin: number
  /** How many more may be under way there. */
  room(place: Place): number
  /** @param n is negative when they are given back */
  take(place: Place, n: number): void
}

export function createHands({ deliveries, perOrigin }: Concurrency): Hands {
  const ofOrigin = new Map<string, number>()
  const unprovenOfOrigin = new Map<string, number>()
  const mostUnproven = Math.ceil(deliveries / 2)
  const unprovenPerOrigin = Math.ceil(mostUnproven / 4)
  let underWay = 0
  let unproven = 0
  return {
    get free() {
      return deliveries - underWay
    },
    get unproven() {
      return Math.max(0, Math.min(mostUnproven - unproven, deliveries - underWay))
    },
    ofOrigin,
    unprovenOfOrigin,
    unprovenPerOrigin,
    room({ origin, quick }) {
      const room = Math.min(perOrigin - (ofOrigin.get(origin) ?? 0), deliveries - underWay)
      const unprovenRoom = unprovenPerOrigin - (unprovenOfOrigin.get(origin) ?? 0)
      return Math.max(0, quick ? room : Math.min(room, this.unproven, unprovenRoom))
    },
    take({ origin, quick }, n) {
      underWay += n
      add(ofOrigin, origin, n)
      if (quick) return
      unproven += n
      add(unprovenOfOrigin, origin, n)
    },
  }
}

function add(counts: Map<string, number>, origin: string, n: number): void {
  const there = (counts.get(origin) ?? 0) + n
  if (there === 0) counts.delete(origin)
  else counts.set(origin, there)
}
