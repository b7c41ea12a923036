/** The pumps that run the flow's steps. */
import type { Observer, Wake } from '../core/ports.ts'
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
import { startPump } from './pump.ts'

interface WorkerParts {
  fanOut: FanOutParts
  deliver: DeliveriesParts
  verify: IntentParts
  fetch: FetchTopicParts
  expire: ExpireParts
  renew: RenewParts
  replay: ReplayParts
  remove: RemoveParts
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
  // A quarter is left for leases that the hub renews: strangers who do not answer must not end those.
  asks: { inAll: 160, perHost: 5 },
  // A whole tenant may be told at once, and must not hold up who asks.
  denials: { inAll: 32, perHost: 1 },
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
  const { observer } = parts
  /** @param step tells whether there may be more to do, which is done after the pause */
  const sweep = (name: string, step: () => Promise<boolean>, pauseMs = 0) =>
    startPump(name, async () => ((await step()) ? pauseMs : SWEEP_MS), observer)
  const pumps = {
    'fan-out': sweep('fan-out', () => fanOut(parts.fanOut)),
    deliver: startDeliveries(parts.deliver, parts.concurrency),
    verify: startCrew(verificationJob(parts.verify), parts.verify),
    fetch: startCrew(fetchJob(parts.fetch), parts.fetch),
    expire: sweep('expire', () => expire(parts.expire)),
    renew: startPump('renew', () => renew(parts.renew), observer),
    replay: startPump('replay', () => replay(parts.replay), observer),
    remove: sweep('remove', () => remove(parts.remove), WALK_PAUSE_MS),
    retain: sweep('retain', () => retain(parts.retain), WALK_PAUSE_MS),
    'sign-again': sweep('sign-again', () => signAgain(parts.signAgain), WALK_PAUSE_MS),
    erase: sweep('erase', () => eraseOn(parts.erase), WALK_PAUSE_MS),
    'tend-keys': sweep('tend-keys', () => parts.tendKeys().then(() => false)),
    'note-refusals': startPump(
      'note-refusals',
      () => parts.refusals.flush().then(() => NOTES_MS),
      observer,
      Infinity,
    ),
    measure: startPump('measure', () => measure(parts), observer, Infinity),
  }
  return {
    wake: (pump) => pumps[pump].wake(),
    close: async () => {
      await Promise.all(Object.values(pumps).map((pump) => pump.stop()))
      // A disk that cannot be written to must not keep the hub from closing.
      await parts.refusals
        .flush()
        .catch((error: unknown) => observer.pumpFailed({ pump: 'note-refusals', error }))
    },
  }
}

async function measure({ backlogLimit, observer }: WorkerParts): Promise<number> {
  const { ms } = await backlogLimit.measure(observer)
  return Math.max(MEASURE_MS, MEASURE_SHARE * ms)
}

const verificationJob = (parts: IntentParts): Job<ClaimedIntent> => ({
  name: 'verify',
  hands: VERIFICATIONS.all.inAll,
  timeoutMs: parts.settings.timeoutMs,
  claim: (options) => parts.queue.claim({ ...options, hands: VERIFICATIONS }),
  nextDue: () => parts.queue.nextDue(),
  run: (intent) => (intent.mode === 'denied' ? deny(parts, intent) : verify(parts, intent)),
})

const fetchJob = (parts: FetchTopicParts): Job<ClaimedFetch> => ({
  name: 'fetch',
  hands: FETCHES,
  timeoutMs: parts.settings.timeoutMs,
  claim: (options) => parts.topics.claim(options),
  nextDue: () => parts.topics.nextDue(),
  run: (claimed) => fetchTopic(parts, claimed),
})
