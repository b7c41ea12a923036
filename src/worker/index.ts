/** The pumps that run the flow's steps. */
import type { Clock, Observer, Wake } from '../core/ports.ts'
import type { ClaimedFetch } from '../core/content-ports.ts'
import type { ClaimedIntent, IntentHands } from '../core/store-ports.ts'
import { eraseOn, type EraseParts } from '../flow/erase.ts'
import { expire, type ExpireParts } from '../flow/expire.ts'
import { fetchTopic, type FetchTopicParts } from '../flow/fetch-topic.ts'
import { fanOut, type FanOutParts } from '../flow/fan-out.ts'
import { remove, type RemoveParts } from '../flow/remove.ts'
import { replay, type ReplayParts } from '../flow/replay.ts'
import { retain, type RetainParts } from '../flow/retain.ts'
import type { BacklogLimit } from '../flow/limit-backlog.ts'
import type { RefusalNotes } from '../flow/note-refusals.ts'
import { signAgain, type SignAgainParts } from '../flow/sign-again.ts'
import { renew, type RenewParts } from '../flow/renew.ts'
import { deny } from '../flow/deny.ts'
import type { IntentParts } from '../flow/settle-intent.ts'
import { verify } from '../flow/verify.ts'
import { type Job, startCrew } from './crew.ts'
import { type DeliveriesParts, startDeliveries } from './deliveries.ts'
import type { Concurrency } from './hands.ts'
import { CLAIM_MARGIN_MS, startPump } from './pump.ts'

interface WorkerParts {
  fanOut: Omit<FanOutParts, 'wake'>
  deliver: DeliveriesParts
  verify: IntentParts
  fetch: Omit<FetchTopicParts, 'wake'>
  expire: ExpireParts
  renew: Omit<RenewParts, 'wake'>
  replay: Omit<ReplayParts, 'wake'>
  remove: Omit<RemoveParts, 'wake'>
  retain: RetainParts
  signAgain: SignAgainParts
  erase: EraseParts
  /** What time brings to signing keys. */
  tendKeys: () => Promise<void>
  refusals: RefusalNotes
  backlogLimit: BacklogLimit
  observer: Observer
  concurrency: Concurrency
}

/**
 * Verifications are paced by the callback's host: the hub must not become a flood. In all they are many, for a host that
 * does not answer has its hands for the whole of the timeout, and strangers may name many such hosts.
 */
const VERIFICATIONS: IntentHands = {
  all: { inAll: 256, perHost: 8 },
  asks: { inAll: 160, perHost: 5 },
  // A whole tenant may be told at once, and must not hold up who asks.
  denials: { inAll: 32, perHost: 1 },
  // A quarter is left for leases that the hub renews: strangers who do not answer must not end those.
}

/** Pages are fetched one at a time from an origin. */
const FETCHES = 8

/** Between two sweeps; what is over is not sent in the meantime either. */
const SWEEP_MS = 500

/** Between two writes of what sources were refused: whoever provokes refusals does not set the pace. */
const NOTES_MS = 1_000

/** Between two counts of what waits: at least so long, and so many times as long as the counting took. */
const MEASURE_MS = 1_000
const MEASURE_SHARE = 100

/** Between two steps of what walks over all that is kept, and is never urgent. */
const WALK_PAUSE_MS = 20

interface Worker {
  wake: Wake
  /** Claims nothing more; fulfilled once all that was under way is settled. */
  close(): Promise<void>
}

export function startWorker(parts: WorkerParts): Worker {
  const wake: Wake = (pump) => pumps[pump].wake()
  const { observer } = parts
  /** @param step tells whether there may be more to do at once */
  const sweep = (name: string, step: () => Promise<boolean>, pauses: { busy?: number; idle: number }) =>
    startPump(name, async () => ((await step()) ? (pauses.busy ?? 0) : pauses.idle), observer)
  const pumps = {
    'fan-out': sweep('fan-out', () => fanOut({ ...parts.fanOut, wake }), { idle: Infinity }),
    deliver: startDeliveries(parts.deliver, parts.concurrency),
    verify: startCrew(verificationJob(parts.verify), observer),
    fetch: startCrew(fetchJob({ ...parts.fetch, wake }), observer),
    expire: sweep('expire', () => expire(parts.expire), { idle: SWEEP_MS }),
    renew: startPump('renew', () => renew({ ...parts.renew, wake }), observer),
    replay: startPump('replay', () => replay({ ...parts.replay, wake }), observer),
    remove: sweep('remove', () => remove({ ...parts.remove, wake }), { busy: WALK_PAUSE_MS, idle: SWEEP_MS }),
    retain: sweep('retain', () => retain(parts.retain), { busy: WALK_PAUSE_MS, idle: SWEEP_MS }),
    'sign-again': sweep('sign-again', () => signAgain(parts.signAgain), {
      busy: WALK_PAUSE_MS,
      idle: SWEEP_MS,
    }),
    erase: sweep('erase', () => eraseOn(parts.erase), { busy: WALK_PAUSE_MS, idle: SWEEP_MS }),
    'tend-keys': sweep('tend-keys', () => parts.tendKeys().then(() => false), { idle: SWEEP_MS }),
    'note-refusals': startPump('note-refusals', noting(parts.refusals), observer),
    measure: startPump('measure', measuring(parts.backlogLimit, observer), observer),
  }
  return {
    wake,
    close: async () => {
      await Promise.all(Object.values(pumps).map((pump) => pump.stop()))
      // A disk that cannot be written to must not keep the hub from closing.
      await parts.refusals
        .flushAll()
        .catch((error: unknown) => observer.pumpFailed({ pump: 'note-refusals', error }))
    },
  }
}

function measuring(backlogLimit: BacklogLimit, observer: Observer): () => Promise<number> {
  let dueAt = -Infinity
  return async () => {
    if (performance.now() >= dueAt) {
      const { ms } = await backlogLimit.measure(observer)
      dueAt = performance.now() + Math.max(MEASURE_MS, MEASURE_SHARE * ms)
    }
    return dueAt - performance.now()
  }
}

function noting(refusals: RefusalNotes): () => Promise<number> {
  let at = performance.now()
  return async () => {
    if (performance.now() - at >= NOTES_MS) {
      at = performance.now()
      await refusals.flush()
    }
    return at + NOTES_MS - performance.now()
  }
}

function verificationJob(parts: IntentParts): Job<ClaimedIntent> {
  const { queue, clock } = parts
  return {
    name: 'verify',
    hands: VERIFICATIONS.all.inAll,
    claim: (limit) => {
      const now = clock.now()
      const until = now + parts.settings.timeoutMs + CLAIM_MARGIN_MS
      return queue.claim({ limit, hands: VERIFICATIONS, now, until })
    },
    nextDueIn: async () => untilDue(await queue.nextDue(), clock),
    run: (intent) => (intent.mode === 'denied' ? deny(parts, intent) : verify(parts, intent)),
  }
}

function fetchJob(parts: FetchTopicParts): Job<ClaimedFetch> {
  const { topics, clock } = parts
  return {
    name: 'fetch',
    hands: FETCHES,
    claim: (limit) => {
      const now = clock.now()
      return topics.claim({ limit, now, until: now + parts.settings.timeoutMs + CLAIM_MARGIN_MS })
    },
    nextDueIn: async () => untilDue(await topics.nextDue(), clock),
    run: (claimed) => fetchTopic(parts, claimed),
  }
}

/** What falls due between a claim and this question must not be taken for what cannot be claimed. */
const JUST_DUE_MS = 5

const untilDue = (due: number | undefined, clock: Clock): number | undefined =>
  due === undefined ? undefined : due - clock.now() + JUST_DUE_MS
