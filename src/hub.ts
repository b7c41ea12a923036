/** The composition root: the one place that knows every room. Made in order, closed in reverse. */
import { shippedAdminApi } from './catalogue/admin-api.ts'
import { shippedCatalogue } from './catalogue/catalogue.ts'
import type { Config } from './config.ts'
import type { Clock, Observer, Wake } from './core/ports.ts'
import { keptAfterRetiring } from './core/key-life.ts'
import type { IntentRoom } from './core/store-ports.ts'
import { createPace } from './core/pace.ts'
import { isWebTopic } from './core/web-topic.ts'
import { createApp } from './http/app.ts'
import { listen } from './http/server.ts'
import { openKeyRing } from './keys/key-ring.ts'
import { createPublisherKeys } from './keys/publisher-keys.ts'
import { createSetVerifier } from './keys/set-verifier.ts'
import { createFingerprint, createVault } from './keys/vault.ts'
import { createBacklogLimit } from './flow/limit-backlog.ts'
import { createRefusalNotes } from './flow/note-refusals.ts'
import { createRateLimit } from './flow/rate-limit.ts'
import type { Log } from './log.ts'
import { createOutbound } from './outbound/outbound.ts'
import type { OwnAddress } from './outbound/own-address.ts'
import type { Resolve } from './outbound/resolve.ts'
import { authMethods, providers } from './providers/index.ts'
import { random } from './random.ts'
import { rootToken, secretKeyOf } from './root-token.ts'
import { createStore, openFile } from './store/index.ts'
import { createTelemetry } from './telemetry.ts'
import { version } from './version.ts'
import { startWorker } from './worker/index.ts'

/** What tests may put in the place of the real thing. */
export interface Overrides {
  clock: Clock
  openFile: typeof openFile
  resolve: Resolve
}

export interface Hub {
  /** The public base URL. */
  url: string
  port: number
  /** Set at the first start, when it was made: this is the one time that it can be shown. */
  newAdminToken?: string
  /** Stops accepting, finishes what is in flight, closes. Calling it again waits for the same end. */
  close(): Promise<void>
}

/** @throws Error with a sentence for the operator when the hub cannot start; nothing is left open then */
export async function startHub(config: Config, log: Log, overrides: Partial<Overrides> = {}): Promise<Hub> {
  const parts: Closable[] = []
  const open = <T extends Closable>(part: T): T => {
    parts.unshift(part)
    return part
  }
  let closing: Promise<void> | undefined
  const close = (): Promise<void> => (closing ??= closeAll(parts))
  try {
    return { ...(await compose(config, log, overrides, open)), close }
  } catch (error) {
    await close()
    throw error
  }
}

interface Closable {
  close(): Promise<void>
}

async function closeAll(parts: readonly Closable[]): Promise<void> {
  for (const part of parts) await part.close()
}

async function compose(
  config: Config,
  log: Log,
  overrides: Partial<Overrides>,
  open: <T extends Closable>(part: T) => T,
): Promise<Omit<Hub, 'close'>> {
  const clock = overrides.clock ?? { now: Date.now }
  const catalogue = shippedCatalogue()
  const telemetry = open(createTelemetry(clock))
  const secretKey = secretKeyOf(config)
  const vault = createVault(secretKey)
  const store = open(
    await createStore((overrides.openFile ?? openFile)(config.storePath), vault, telemetry.observer),
  )
  const admin = await rootToken(config, store.settings)
  const fingerprint = createFingerprint(secretKey)
  const { resolve } = overrides
  const own: { at?: OwnAddress } = {}
  const outbound = open(
    createOutbound({
      allow: config.outboundAllow,
      userAgent: `Signet/${version}`,
      own: () => own.at,
      ...(resolve && { resolve }),
    }),
  )
  const backlogLimit = createBacklogLimit(store.backlog, config.maxBacklog)
  const observer = tellAll(log, telemetry.observer, backlogLimit.observer)
  const keys = await openKeyRing({
    store: store.signingKeys,
    vault,
    clock,
    observer,
    alg: config.signingAlg,
    keepMs: keptAfterRetiring(config.retentionMs, config.retrySchedule),
  })
  const erase = { erasures: store.erasures, fingerprint, clock, observer }
  const signAgain = { keys, sets: store.signedSets }
  // What waits from before counts from the first request on.
  await backlogLimit.measure(observer)
  const server = open(await listen(config))
  own.at = server
  // From here to `serve` nothing waits: no request can arrive before there is something to answer it.
  const url = config.url ?? `http://localhost:${server.port}`
  const hubUrl = `${url}/hub`
  const wake: Wake = (pump) => worker.wake(pump)
  const { retrySchedule, deliveryTimeoutMs: timeoutMs, signatureAlg } = config
  const { outboundAllow, topicOrigins, maxBody } = config
  const refusals = createRefusalNotes(store.refusals, clock)
  const common = {
    ...{ url, hubUrl, catalogue, providers, vault, fingerprint, clock, random, observer, refusals, wake },
    ...{ outbound, outboundAllow, topicOrigins, maxBody },
    settings: { retrySchedule, timeoutMs, signatureAlg },
  }
  const worker = open(
    startWorker({
      fanOut: { ...common, publications: store.fanOut },
      deliver: { ...common, ...signAgain, queues: store.queues },
      verify: { ...common, queue: store.intents },
      fetch: { ...common, topics: store.webTopics, pages: outbound },
      expire: {
        ...common,
        retrySchedule,
        expiry: store.expiry,
        contents: store.contents,
        webTopics: store.webTopics,
      },
      renew: { ...common, renewals: store.renewals },
      replay: { ...common, replays: store.replays },
      remove: { ...common, removals: store.removals },
      retain: { ...common, retention: store.retention, audit: store.audit, keepMs: config.retentionMs },
      signAgain,
      erase,
      tendKeys: () => keys.tend(),
      refusals,
      backlogLimit,
      observer,
      concurrency: config.concurrency,
    }),
  )
  // Closed first, and at once: nothing new comes in. Nothing new goes out either: what is accepted in requests that end
  // meanwhile waits for the next start. Both are closed once more, and the worker notes what these requests were refused.
  open({ close: () => Promise.all([server.close(), worker.close()]).then(() => undefined) })
  const serving = { ...common, directory: store.directory }
  const taking = { ...serving, inbox: store.inbox }
  const registering = { ...serving, topics: store.registeredTopics }
  const intake = {
    ...serving,
    publish: { ...taking, signer: keys },
    forward: { ...taking, verifier: createSetVerifier(createPublisherKeys(outbound, clock), clock) },
    room: backlogLimit,
    rate: createRateLimit(config.sourceRate, clock),
  }
  const subscribing = { lease: config.lease, room: roomFor(config) }
  const app = createApp({
    ...serving,
    hub: {
      ...serving,
      subscribe: {
        ...serving,
        subscribe: {
          ...serving,
          inbox: store.intentInbox,
          pace: createPace(paceFor(config)),
          settings: subscribing,
        },
      },
      publish: {
        ...serving,
        intake,
        relay: { ...registering, contents: store.contents },
        register: registering,
        ping: { ...serving, topics: store.webTopics },
      },
    },
    topics: { ...serving, admit: serving, pages: store.topicPages, signAgain },
    intake,
    admin: {
      ...serving,
      api: shippedAdminApi(),
      registry: store.registry,
      authMethods,
      webhook: { ...serving, webhooks: store.registry.webhooks, lease: config.lease.default },
      replays: store.replays,
      testDelivery: { ...serving, signer: keys, inbox: store.testInbox },
      keys,
      erase,
      admins: store.admins,
      audit: store.audit,
      rootTokenHash: admin.hash,
    },
    publicKeys: keys.publicKeys,
    trustedProxies: config.trustedProxies,
    checkWritable: store.checkWritable,
    metrics: telemetry.page,
  })
  server.serve(app.callback())
  // The settings may be others than at the last start.
  await store.webTopics.withdraw((topic) => isWebTopic(topic, url, config.topicOrigins), clock.now())
  return { url, port: server.port, ...(admin.made !== undefined && { newAdminToken: admin.made }) }
}

/** One host or client may fill no more than a tenth of the queue. */
function roomFor({ maxWaitingVerifications: waiting, maxSubscriptions }: Config): IntentRoom {
  return { inAll: 10 * waiting, perHost: waiting, perClient: waiting, subscriptions: maxSubscriptions }
}

/** One client may ask for twice as much as may wait of it, then for a tenth a second. */
const paceFor = ({ maxWaitingVerifications: waiting }: Config): { burst: number; everyMs: number } => ({
  burst: 2 * waiting,
  everyMs: Math.ceil(10_000 / waiting),
})

type Tell = (event: never) => void

/** @param first hears of everything, the others of what they have a method for */
function tellAll(first: Observer, ...others: Partial<Observer>[]): Observer {
  const observers: Record<string, Tell | undefined>[] = [first, ...others].map((one) => ({ ...one }))
  const names = Object.keys(first)
  const tell = (name: string): Tell => {
    const hearing = observers.flatMap((one) => one[name] ?? [])
    return (event) => {
      for (const hear of hearing) hear(event)
    }
  }
  return Object.fromEntries(names.map((name) => [name, tell(name)])) as unknown as Observer
}
