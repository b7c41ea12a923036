/** One fetch of a page that was pinged: fetch → compare → settle. What has changed goes to its subscribers. */
import { nextWait } from '../core/backoff.ts'
import type { ClaimedFetch, Content, FetchSettlement, WebTopics } from '../core/content-ports.ts'
import type { PageFetched, Pages, Surroundings } from '../core/ports.ts'
import { contentContext } from '../core/sealing.ts'
import { contentDigest, isWebTopic, type TopicOrigins } from '../core/web-topic.ts'
import { PAUSE_MS } from './ping.ts'

export interface FetchTopicParts extends Pick<
  Surroundings,
  'url' | 'vault' | 'clock' | 'random' | 'observer' | 'wake'
> {
  topicOrigins: TopicOrigins
  topics: WebTopics
  pages: Pages
  settings: { retrySchedule: readonly number[]; timeoutMs: number }
}

/** A longer page is a fault. */
const MAX_PAGE_BYTES = 1_048_576

/** After so many failures it is left alone until somebody pings again. */
const RETRIES = 4

export async function fetchTopic(parts: FetchTopicParts, claimed: ClaimedFetch): Promise<void> {
  const { url, topicOrigins, topics, pages, settings, observer } = parts
  const { topic, last } = claimed
  const fetched: PageFetched = isWebTopic(topic, url, topicOrigins)
    ? await pages.fetch({
        url: topic,
        timeoutMs: settings.timeoutMs,
        maxBodyBytes: MAX_PAGE_BYTES,
        ...(last !== undefined && { validators: last.validators }),
      })
    : { kind: 'failed', why: 'Its origin is not allowed any more.', ms: 0 }
  const settlement = judge(parts, claimed, fetched)
  await topics.settle(claimed, settlement)
  if (settlement.outcome === 'changed') parts.wake('fan-out')
  const { kind, ms, ...failure } =
    fetched.kind === 'failed' ? fetched : { kind: fetched.kind, ms: fetched.ms }
  observer.fetched({ topic, attempt: claimed.attempts + 1, outcome: settlement.outcome, ms, ...failure })
}

function judge(parts: FetchTopicParts, claimed: ClaimedFetch, fetched: PageFetched): FetchSettlement {
  const now = parts.clock.now()
  const next = { now, dueAt: now + PAUSE_MS }
  if (fetched.kind === 'unmodified') return { ...next, outcome: 'unchanged' }
  if (fetched.kind === 'failed') {
    const schedule = parts.settings.retrySchedule.slice(0, RETRIES)
    const wait = nextWait(schedule, claimed.attempts + 1, parts.random.fraction())
    return wait === undefined
      ? { ...next, outcome: 'given up' }
      : { now, dueAt: now + wait, outcome: 'retry' }
  }
  const { contentType, body, validators } = fetched
  const digest = contentDigest(contentType, body)
  if (digest === claimed.last?.digest) return { ...next, outcome: 'unchanged' }
  return {
    ...next,
    outcome: 'changed',
    content: content(parts, contentType, body),
    page: { digest, validators },
  }
}

function content(
  { random, vault }: FetchTopicParts,
  contentType: string,
  body: Buffer,
): Omit<Content, 'topic'> {
  const jti = random.uuid()
  return {
    native: 'page',
    jti,
    txn: random.uuid(),
    contentType,
    sealed: vault.seal(body.toString('latin1'), contentContext(jti)),
  }
}
