/** How much of everything: enough to tell something by, or just enough to see that it works. */
export interface Sizes {
  rounds: number
  /** A round that does not count before those that do. */
  warmUp: boolean
  deliveries: { subscriptions: number; events: number }
  subscriptions: { each: number; connections: number }
  publishes: { ms: number; connections: number }
  latency: { perSecond: number; ms: number }
  accept: { few: number; many: number; publishes: number }
  isolation: { subscriptions: number; perSecond: number; ms: number; slowMs: number }
  waiting: { subscriptions: number; deliveries: number; publishes: number }
}

export const DEFAULT_SIZES: Sizes = {
  rounds: 5,
  warmUp: true,
  deliveries: { subscriptions: 100, events: 100 },
  subscriptions: { each: 1_000, connections: 20 },
  publishes: { ms: 2_500, connections: 32 },
  latency: { perSecond: 200, ms: 5_000 },
  accept: { few: 10, many: 100_000, publishes: 3 },
  isolation: { subscriptions: 100, perSecond: 4, ms: 8_000, slowMs: 5_000 },
  waiting: { subscriptions: 100_000, deliveries: 1_000_000, publishes: 100 },
}

export const QUICK_SIZES: Sizes = {
  rounds: 1,
  warmUp: false,
  deliveries: { subscriptions: 10, events: 5 },
  subscriptions: { each: 40, connections: 4 },
  publishes: { ms: 200, connections: 4 },
  latency: { perSecond: 50, ms: 400 },
  accept: { few: 2, many: 200, publishes: 2 },
  isolation: { subscriptions: 10, perSecond: 10, ms: 400, slowMs: 1_000 },
  waiting: { subscriptions: 200, deliveries: 2_000, publishes: 5 },
}
