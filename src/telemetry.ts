/**
 * Metrics for Prometheus: what an operator watches, counted from the business events. A label's values are words of
 * this program, never anyone's topic, host, id or text.
 */
import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Waiting } from './core/delivery-ports.ts'
import { FAULTS } from './core/exchange.ts'
import type { Clock, Observer } from './core/ports.ts'

/** The business events, but for those that nobody counts. */
type Counted = Omit<
  Observer,
  | ('pinged' | 'topicRegistered' | 'topicDeregistered' | 'intentQueued')
  | ('vouched' | 'outlived' | 'removed' | 'replayed' | 'keyChanged')
>

interface Telemetry {
  observer: Counted
  /** All metrics as they are now, in Prometheus' text format. Nothing waits for the store. */
  page: () => Promise<{ type: string; text: string }>
  close(): Promise<void>
}

/** Seconds: from a receiver on the same machine to a timeout that somebody made long. */
const EXCHANGE = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]
/** Seconds: from at once to what waited for a receiver that was away. */
const QUEUE = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 300, 3_600]
/** Seconds: from memory to a disk in trouble. */
const COMMIT = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5]

/** Between two looks at whether the event loop is late. */
const LOOP_MS = 10

export function createTelemetry(clock: Clock): Telemetry {
  const registry = new Registry()
  const make = makerIn(registry)
  const loop = monitorEventLoopDelay({ resolution: LOOP_MS })
  loop.enable()
  watchProcess(make, loop)
  return {
    observer: createObserver(make, watchBacklog(make, clock)),
    page: async () => ({ type: registry.contentType, text: await registry.metrics() }),
    close: () => {
      loop.disable()
      return Promise.resolve()
    },
  }
}

type Maker = ReturnType<typeof makerIn>

function makerIn(registry: Registry) {
  const registers = [registry]
  /** @param labels with the values that stand on the page from the start: what was never counted is 0 */
  const counter = <L extends string = never>(
    name: string,
    help: string,
    labels: Readonly<Record<L, readonly string[]>> = {} as Record<L, never>,
  ): Counter<L> => {
    const labelNames = Object.keys(labels) as L[]
    const made = new Counter({ name: `signet_${name}_total`, help, labelNames, registers })
    const combined = labelNames.reduce<Partial<Record<L, string>>[]>(
      (all, label) => all.flatMap((one) => labels[label].map((value) => ({ ...one, [label]: value }))),
      [{}],
    )
    for (const values of combined) made.inc(values, 0)
    return made
  }
  const histogram = (name: string, help: string, label: string, buckets: number[]): Histogram =>
    new Histogram({ name: `signet_${name}_seconds`, help, labelNames: [label], buckets, registers })
  /** @param read at each scrape, where nobody sets it */
  const gauge = (name: string, help: string, read?: () => number): Gauge => {
    const made: Gauge = new Gauge({
      ...{ name: `signet_${name}`, help, registers },
      ...(read && { collect: () => made.set(read()) }),
    })
    return made
  }
  /** A counter that is kept elsewhere. */
  const total = (name: string, help: string, read: () => number): void => {
    const made: Counter = new Counter({
      ...{ name: `signet_${name}_total`, help, registers },
      collect() {
        made.reset()
        made.inc(read())
      },
    })
  }
  return { counter, histogram, gauge, total }
}

function createObserver({ counter, gauge, histogram }: Maker, measured: (waiting: Waiting) => void): Counted {
  const accepted = counter(
    'events_accepted',
    'Events on disk: SETs, contents of registered topics, pages that changed.',
    { kind: ['set', 'content', 'page'] },
  )
  const passedOver = counter('events_passed_over', 'Native events that yield nothing, by why.', {
    reason: ['duplicate', 'test', 'unmapped'],
  })
  const refused = counter(
    'events_refused',
    'Requests of publishers that were refused, by why; faults of the hub not among them.',
    { reason: ['malformed', 'unauthenticated', 'too-large', 'unsupported-type', 'overloaded'] },
  )
  const invalid = counter('events_invalid', 'SETs that broke their own schema and were not sent.')
  const fetches = counter('page_fetches', 'Fetches of pages that were pinged, by what came of them.', {
    outcome: ['changed', 'unchanged', 'retry', 'given up'],
  })
  const made = counter('deliveries_made', 'Deliveries made of events, one for each subscription.')
  const attempts = counter(
    'delivery_attempts',
    'Attempts to deliver that have ended, by what came of them.',
    { outcome: ['delivered', 'rejected', 'refused', ...FAULTS] },
  )
  const ended = counter(
    'deliveries_ended',
    'Deliveries that wait no more: delivered, given up, or nobody’s any more.',
    { state: ['delivered', 'dead', 'dropped'] },
  )
  const inFlight = gauge('deliveries_in_flight', 'Attempts to deliver under way.')
  const queue = histogram(
    'delivery_queue',
    'From acceptance, or for a retry from when it fell due, until the attempt began.',
    'attempt',
    QUEUE,
  )
  const exchange = histogram(
    'delivery_exchange',
    'An attempt to deliver, from the lookup of the name to the end of the answer.',
    'outcome',
    EXCHANGE,
  )
  const verifications = counter(
    'verifications',
    'What callbacks that were asked, or told that it is over, have said.',
    { mode: ['subscribe', 'unsubscribe', 'denied'], outcome: ['confirmed', 'refused', 'retry'] },
  )
  const expired = counter('subscriptions_expired', 'Subscriptions whose lease ran out.')
  const requestsRefused = counter('requests_refused', 'Requests that were refused, by route and why.', {
    route: [],
    reason: [],
  })
  const requestsFailed = counter('requests_failed', 'Requests that met a fault of the hub or of its disk.', {
    route: [],
  })
  const stepsFailed = counter(
    'steps_failed',
    'Steps of the work behind the scenes that failed and are tried again.',
    { pump: [] },
  )
  const commit = histogram(
    'commit',
    'A commit with all changes in it: to the disk, or to the system’s memory.',
    'to',
    COMMIT,
  )
  const changes = counter('committed_changes', 'Changes in those commits, which they share.')

  return {
    accepted: ({ events }) => accepted.inc({ kind: 'set' }, events.length),
    relayed: () => accepted.inc({ kind: 'content' }),
    passedOver: ({ why }) => passedOver.inc({ reason: why }),
    intakeRefused: ({ reason }) => refused.inc({ reason }),
    invalidEvent: () => invalid.inc(),
    fetched: ({ outcome }) => {
      fetches.inc({ outcome })
      if (outcome === 'changed') accepted.inc({ kind: 'page' })
    },
    fannedOut: ({ deliveries }) => made.inc(deliveries),
    sending: ({ attempt, waitedMs }) => {
      inFlight.inc()
      queue.observe({ attempt: attempt === 1 ? 'first' : 'retry' }, waitedMs / 1_000)
    },
    attempted: ({ outcome, verdict, ms }) => {
      inFlight.dec()
      attempts.inc({ outcome })
      exchange.observe({ outcome: verdict === 'delivered' ? 'delivered' : 'failed' }, ms / 1_000)
      if (verdict !== 'retry') ended.inc({ state: verdict === 'delivered' ? 'delivered' : 'dead' })
    },
    gaveUp: ({ deliveries }) => ended.inc({ state: 'dead' }, deliveries),
    dropped: ({ deliveries }) => ended.inc({ state: 'dropped' }, deliveries),
    intentSettled: ({ mode, outcome }) => verifications.inc({ mode, outcome }),
    subscriptionsExpired: ({ count }) => expired.inc(count),
    requestRefused: ({ route, why }) => requestsRefused.inc({ route, reason: why }),
    requestFailed: ({ route }) => requestsFailed.inc({ route }),
    pumpFailed: ({ pump }) => stepsFailed.inc({ pump }),
    committed: ({ isDurable, changes: n, ms }) => {
      commit.observe({ to: isDurable ? 'disk' : 'memory' }, ms / 1_000)
      changes.inc(n)
    },
    measured,
  }
}

/** @returns what is told of each count */
function watchBacklog({ gauge }: Maker, clock: Clock): (waiting: Waiting) => void {
  let last: Waiting = { deliveries: 0, toCome: 0, retries: 0, failingSubscriptions: 0, ms: 0 }
  gauge('deliveries_waiting', 'Deliveries that wait, those under way among them.', () => last.deliveries)
  gauge('deliveries_to_come', 'Deliveries still to be made of events accepted, at most.', () => last.toCome)
  gauge('retries_waiting', 'Of those that wait, the ones that were tried before.', () => last.retries)
  gauge('oldest_delivery_age_seconds', 'How long the oldest of them has waited; 0 when none waits.', () =>
    last.oldestAt === undefined ? 0 : Math.max(0, clock.now() - last.oldestAt) / 1_000,
  )
  gauge(
    'subscriptions_failing',
    'Subscriptions whose receiver is probed only.',
    () => last.failingSubscriptions,
  )
  return (waiting) => {
    last = waiting
  }
}

/** What the process itself is like; its loop is what everything in it waits for. */
function watchProcess({ gauge, total }: Maker, loop: ReturnType<typeof monitorEventLoopDelay>): void {
  gauge('event_loop_lag_seconds', 'The longest that the event loop was late since the last scrape.', () => {
    const lag = Math.max(0, loop.max / 1e6 - LOOP_MS) / 1_000
    loop.reset()
    return lag
  })
  total(
    'event_loop_active_seconds',
    'Time that the event loop was at work.',
    () => performance.eventLoopUtilization().active / 1_000,
  )
  total('process_cpu_seconds', 'CPU time of the process.', () => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1e6
  })
  gauge('process_resident_memory_bytes', 'Memory of the process that is in RAM.', () =>
    process.memoryUsage.rss(),
  )
  gauge('process_start_time_seconds', 'When the process started, since 1970.').set(
    performance.timeOrigin / 1_000,
  )
}
