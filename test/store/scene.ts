/** What the contract suites need of an engine, and the moves that most of their tests begin with: ports only. */
import { randomUUID } from 'node:crypto'
import type {
  ClaimedQueue,
  Receipt,
  Sendable,
  Settlement,
  Turn,
  TurnTaken,
} from '../../src/core/delivery-ports.ts'
import type { SubscriptionRecord } from '../../src/core/registry-ports.ts'
import type { Source } from '../../src/core/source.ts'
import type { ClaimedIntent, IntentRequest, SignedEvent } from '../../src/core/store-ports.ts'
import { createVault } from '../../src/keys/vault.ts'
import type { Store } from '../../src/store/index.ts'

/** Opens an empty store; its `close` leaves nothing behind. */
export type OpenStore = () => Promise<Store>

export const vault = createVault(Buffer.alloc(32, 7))

export const NOW = 1_700_000_000_000
export const TOPIC = 'https://hub.example/topics/acme'
export const LEASE_SECONDS = 1_000
export const LEASE_END = NOW + LEASE_SECONDS * 1_000

export const source: Source = {
  id: 'door',
  tenant: 'acme',
  provider: 'casdoor',
  issuer: 'https://door.acme.example',
  disclose: ['email', 'ip'],
}

/** One tenant with one source and one subscriber. */
export async function populate({ registry }: Store): Promise<void> {
  await registry.tenants.make({ id: 'acme', subscribe: 'token', created_at: NOW })
  await registry.sources.make({
    ...source,
    disclose: [...source.disclose],
    auth_method: 'bearer',
    auth_sealed: 'x',
    max_age: null,
    topic_prefix: null,
    created_at: NOW,
  })
  await registry.subscribers.make({
    id: 'siem',
    tenant: 'acme',
    topics: ['*'],
    token_hash: 'hash',
    created_at: NOW,
  })
}

export function signedEvent(changes: Partial<SignedEvent> = {}): SignedEvent {
  const jti = randomUUID()
  return {
    jti,
    txn: `txn of ${jti}`,
    category: 'login',
    name: 'succeeded',
    contentType: 'application/secevent+jwt',
    body: `body of ${jti}`,
    topics: [TOPIC],
    ...changes,
  }
}

/** @returns the event's `jti` */
export async function accept(store: Store, topics: SignedEvent['topics'] = [TOPIC]): Promise<string> {
  const event = signedEvent({ topics })
  await store.inbox.accept({ source, name: 'login', key: event.jti, now: NOW, events: [event] })
  return event.jti
}

/** So many events of one native event. */
export async function acceptMany(store: Store, n: number): Promise<void> {
  const events = Array.from({ length: n }, () => signedEvent())
  await store.inbox.accept({ source, name: 'login', key: randomUUID(), now: NOW, events })
}

export const callback = (name: string): string => `https://${name}.example/cb`

/** The parts of a request that tests change; the rest is made up. */
export interface Asked {
  mode?: 'subscribe' | 'unsubscribe'
  topic?: string
  callback?: string
  subscriber?: string | null
  tenant?: string
  renewing?: boolean
  secretSealed?: string
  leaseSeconds?: number
  verifyToken?: string
  now?: number
}

export function intentRequest(asked: Asked = {}): IntentRequest {
  const url = asked.callback ?? callback('a')
  return {
    intent: {
      id: randomUUID(),
      mode: asked.mode ?? 'subscribe',
      topic: asked.topic ?? TOPIC,
      callback: url,
      leaseSeconds: asked.leaseSeconds ?? LEASE_SECONDS,
      attempts: 0,
      ...(asked.verifyToken !== undefined && { verifyToken: asked.verifyToken }),
    },
    tenant: asked.tenant ?? 'acme',
    owner: asked.subscriber === undefined ? 'siem' : asked.subscriber,
    renewing: asked.renewing ?? false,
    origin: new URL(url).origin,
    host: new URL(url).hostname,
    now: asked.now ?? NOW,
    ...(asked.secretSealed !== undefined && { secretSealed: asked.secretSealed }),
  }
}

const UNBOUNDED = 1_000_000

/** Claims whatever intents are due, however many: one claim looks at so many and no more. */
export async function claimIntents(store: Store, now = NOW): Promise<ClaimedIntent[]> {
  const all: ClaimedIntent[] = []
  for (;;) {
    const some = await claimSome(store, UNBOUNDED, UNBOUNDED, now)
    if (some.length === 0) return all
    all.push(...some)
  }
}

/** At most so many, with nothing kept for renewals. */
export const claimSome = (
  store: Store,
  limit: number,
  perHost: number,
  now = NOW,
): Promise<ClaimedIntent[]> => {
  const each = { inAll: UNBOUNDED, perHost }
  return store.intents.claim({
    ...{ limit, hands: { all: each, asks: each, denials: each } },
    ...{ now, until: now + 10_000 },
  })
}

/** Asks and has the callback agree, both at `now`. */
export async function confirm(store: Store, asked: Asked = {}): Promise<SubscriptionRecord> {
  const request = intentRequest(asked)
  await store.intentInbox.request(request, { inAll: UNBOUNDED })
  for (const claimed of await claimIntents(store, request.now)) {
    await store.intents.settle(claimed, { outcome: 'confirmed', now: request.now })
  }
  return subscription(store, request.intent.callback, request.intent.topic)
}

/** Active subscriptions of these names, in this order. */
export async function subscribe(store: Store, ...names: string[]): Promise<void> {
  for (const name of names) await confirm(store, { callback: callback(name) })
}

export const unsubscribe = (store: Store, name: string): Promise<SubscriptionRecord> =>
  confirm(store, { callback: callback(name), mode: 'unsubscribe' })

export async function subscription(store: Store, url: string, topic = TOPIC): Promise<SubscriptionRecord> {
  const { items } = await store.registry.subscriptions.list({ limit: UNBOUNDED })
  const found = items.find((item) => item.callback === url && item.topic === topic)
  if (found === undefined) throw new Error(`no subscription of ${url} to ${topic}`)
  return found
}

/** Fans out all that waits. */
export async function fanOutAll(store: Store, now = NOW): Promise<void> {
  while ((await store.fanOut.next(UNBOUNDED, now)).length > 0);
}

/** So many events for every subscription there is. */
export async function publish(store: Store, events: number): Promise<void> {
  await acceptMany(store, events)
  await fanOutAll(store)
}

type ClaimOptions = Parameters<Store['queues']['claim']>[0]

/** Claims with no limit that could matter, unless one is given. */
export const claimQueues = (
  store: Store,
  options: Partial<Omit<ClaimOptions, 'until'>> = {},
): ReturnType<Store['queues']['claim']> => {
  const now = options.now ?? NOW
  return store.queues.claim({
    limit: UNBOUNDED,
    unproven: UNBOUNDED,
    underWay: new Map(),
    perOrigin: UNBOUNDED,
    unprovenOfOrigin: new Map(),
    unprovenPerOrigin: UNBOUNDED,
    ...options,
    now,
    until: now + 10_000,
  })
}

/** A turn in which nothing happens but what is given. */
export const takeTurn = (
  store: Store,
  queue: ClaimedQueue,
  turn: Partial<Omit<Turn, 'until'>>,
): Promise<TurnTaken> => {
  const now = turn.now ?? NOW
  const same = { state: queue.state, changed: turn.state !== undefined }
  const idle = { ...same, settled: [], underWay: [], take: 0, takeRetries: 0 }
  return store.queues.turn(queue, { ...idle, ...turn, now, until: now + 10_000 })
}

/** What a turn has handed out. */
export interface Taken {
  queue: ClaimedQueue
  sendable: Sendable
}

/** Claims all queues that have something to send, and takes of each whatever may go out, or `take`. */
export async function takeAll(
  store: Store,
  { take = UNBOUNDED, ...options }: Parameters<typeof claimQueues>[1] & { take?: number } = {},
): Promise<Taken[]> {
  const { claimed } = await claimQueues(store, options)
  const all: Taken[] = []
  for (const queue of claimed) {
    const { deliveries } = await takeTurn(store, queue, { take, now: options.now ?? NOW })
    all.push(...deliveries.map((sendable) => ({ queue, sendable })))
  }
  return all
}

/** The one delivery that there is to send. */
export async function takeOnly(store: Store, now = NOW): Promise<Taken> {
  const [taken, ...others] = await takeAll(store, { now })
  if (taken === undefined || others.length > 0) throw new Error('not exactly one delivery')
  return taken
}

export const DELIVERED: Receipt = { at: NOW + 5, ms: 20, status: 204, outcome: 'delivered' }
export const REFUSED: Receipt = { at: NOW + 5, ms: 20, status: 500, outcome: 'refused' }

/** What came of them, each queue's in one turn; that is the end of its claim. */
export async function settle(
  store: Store,
  taken: Taken | readonly Taken[],
  settlement: Settlement,
  receipt: Receipt = settlement.state === 'delivered' ? DELIVERED : REFUSED,
  turn: Partial<Pick<Turn, 'state' | 'now'>> = {},
): Promise<void> {
  const ofQueue = Map.groupBy([taken].flat(), ({ queue }) => queue)
  for (const [queue, its] of ofQueue) {
    const settled = its.map(({ sendable: { id } }) => ({ id, settlement, receipt }))
    await takeTurn(store, queue, { ...turn, settled })
  }
}

/** Sweeps until nothing is left that an earlier life of any subscription could have left behind. */
export async function sweep(store: Store, now = NOW): Promise<void> {
  const { items } = await store.registry.subscriptions.list({ limit: UNBOUNDED })
  // One of them at a time, in whatever order.
  let left = items.length
  while (left-- > 0) await store.expiry.dropUndeliverable(now, UNBOUNDED)
}

/** What all deliveries have come to: the callback, the event and the state of each, the oldest first. */
export async function deliveries(store: Store): Promise<{ to: string; jti: string; state: string }[]> {
  const { items } = await store.registry.deliveries.list({ limit: UNBOUNDED })
  const { items: subscriptions } = await store.registry.subscriptions.list({ limit: UNBOUNDED })
  const callbacks = new Map(subscriptions.map(({ id, callback }) => [id, callback]))
  return items
    .reverse()
    .map(({ subscription, jti, state }) => ({ to: callbacks.get(subscription) ?? '', jti, state }))
}
