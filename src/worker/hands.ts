/** How many deliveries may be under way at once: in all, per subscription, per origin, and with slow receivers. */

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
  /** What slow and unknown receivers may still have: half of all, the rest is for the others. */
  readonly unproven: number
  /** Deliveries under way by origin. */
  readonly ofOrigin: ReadonlyMap<string, number>
  /** How many more may be under way there. */
  room(place: Place): number
  /** @param n is negative when they are given back */
  take(place: Place, n: number): void
}

export function createHands({ deliveries, perOrigin }: Concurrency): Hands {
  const ofOrigin = new Map<string, number>()
  let underWay = 0
  let slow = 0
  return {
    get free() {
      return deliveries - underWay
    },
    get unproven() {
      return Math.max(0, Math.min(Math.ceil(deliveries / 2) - slow, deliveries - underWay))
    },
    ofOrigin,
    room({ origin, quick }) {
      const room = Math.min(perOrigin - (ofOrigin.get(origin) ?? 0), deliveries - underWay)
      return Math.max(0, quick ? room : Math.min(room, this.unproven))
    },
    take({ origin, quick }, n) {
      underWay += n
      if (!quick) slow += n
      const there = (ofOrigin.get(origin) ?? 0) + n
      if (there === 0) ofOrigin.delete(origin)
      else ofOrigin.set(origin, there)
    },
  }
}
