/** The store on one SQLite file: every port of the core, on one connection. */
import type Sqlite from 'better-sqlite3'
import { Kysely } from 'kysely'
import type { Contents, WebTopics } from '../core/content-ports.ts'
import type { Erasures } from '../core/erasure-ports.ts'
import type { Admins, Audit } from '../core/admin-ports.ts'
import type { SignedSets, SigningKeyStore } from '../core/key-ports.ts'
import type { Observer, Vault } from '../core/ports.ts'
import type { Registry } from '../core/registry-ports.ts'
import type { Backlog, DeliveryQueues, FanOut, Replays } from '../core/delivery-ports.ts'
import type {
  Directory,
  Expiry,
  Removals,
  Renewals,
  Inbox,
  IntentInbox,
  IntentQueue,
  TestInbox,
  RegisteredTopics,
  RefusalRecord,
  Retention,
  TopicPages,
} from '../core/store-ports.ts'
import { kyselyDatabase, TransactionalDialect } from './sqlite-file.ts'
import { createAudit } from './audit.ts'
import { createBackgroundFlush } from './background-flush.ts'
import { createBacklog } from './backlog.ts'
import { createCommits } from './commits.ts'
import { createDeliveryQueues } from './delivery-queues.ts'
import { createContents } from './contents.ts'
import { createDirectory } from './directory.ts'
import { createErasures } from './erasures.ts'
import { createExpiry } from './expiry.ts'
import { createFanOut } from './fan-out.ts'
import { createInbox } from './inbox.ts'
import { createIntentInbox } from './intent-inbox.ts'
import { createIntentQueue } from './intent-queue.ts'
import { migrate } from './migrate.ts'
import { createRefusalRecord } from './refusal-record.ts'
import { createRenewals } from './renewals.ts'
import { createRemovals } from './removals.ts'
import { createReplays } from './replays.ts'
import { createRetention } from './retention.ts'
import { createDeliveries } from './registry/deliveries.ts'
import { createEvents } from './registry/events.ts'
import { createAdmins } from './registry/admins.ts'
import { createSources } from './registry/sources.ts'
import { createSubscribers } from './registry/subscribers.ts'
import { createSubscriptions } from './registry/subscriptions.ts'
import { createTenants } from './registry/tenants.ts'
import { createWebhooks } from './registry/webhooks.ts'
import { createRegisteredTopics } from './registered-topics.ts'
import { createSettings, type Settings } from './settings.ts'
import { createSignedSets } from './signed-sets.ts'
import { createSigningKeyStore } from './signing-keys.ts'
import type { Tables } from './tables.ts'
import { withSteadyPlans } from './steady-plans.ts'
import { createTestInbox } from './test-inbox.ts'
import { createTopicPages } from './topic-pages.ts'
import { createWebTopics } from './web-topics.ts'

export { openFile } from './sqlite-file.ts'
export type { Settings } from './settings.ts'

export interface Store {
  directory: Directory
  inbox: Inbox
  testInbox: TestInbox
  registeredTopics: RegisteredTopics
  contents: Contents
  webTopics: WebTopics
  refusals: RefusalRecord
  fanOut: FanOut
  deliveries: DeliveryQueues
  replays: Replays
  backlog: Backlog
  intentInbox: IntentInbox
  intents: IntentQueue
  expiry: Expiry
  renewals: Renewals
  removals: Removals
  retention: Retention
  topicPages: TopicPages
  registry: Registry
  erasures: Erasures
  admins: Admins
  audit: Audit
  settings: Settings
  signingKeys: SigningKeyStore
  signedSets: SignedSets
  /** Writes; rejects with the Refusal `unavailable` when it cannot. */
  checkWritable: (now: number) => Promise<void>
  close(): Promise<void>
}

/**
 * Takes over the open file; `close` closes it.
 *
 * @throws Error with a sentence for the operator when its tables are not to be used; the file is closed then
 */
export async function createStore(
  opened: Sqlite.Database,
  vault: Vault,
  observer: Pick<Observer, 'committed'> = { committed: () => undefined },
): Promise<Store> {
  const db = new Kysely<Tables>({ dialect: new TransactionalDialect({ database: kyselyDatabase(opened) }) })
  const settings = createSettings(db)
  try {
    await migrate(db)
  } catch (error) {
    await db.destroy()
    throw error
  }
  // Behind the migrations: statements are prepared on the tables that they are for.
  const file = withSteadyPlans(opened)
  const flush = createBackgroundFlush(`${file.name}-wal`)
  const commits = createCommits(db, file, observer, flush)
  const expiry = createExpiry(db, commits, file)
  // The file is ours alone: whatever is claimed was claimed by a process that is gone.
  await expiry.freeClaims(Number.MAX_SAFE_INTEGER)
  return {
    directory: createDirectory(commits, file, vault),
    inbox: createInbox(db, commits, file),
    testInbox: createTestInbox(db, commits, file),
    registeredTopics: createRegisteredTopics(db),
    contents: createContents(db, commits, file),
    webTopics: createWebTopics(db, commits, file),
    refusals: createRefusalRecord(db),
    fanOut: createFanOut(commits, file),
    deliveries: createDeliveryQueues(commits, file),
    replays: createReplays(db, commits, file),
    backlog: createBacklog(file),
    intentInbox: createIntentInbox(commits, file),
    intents: createIntentQueue(commits, file),
    expiry,
    renewals: createRenewals(db),
    removals: createRemovals(db),
    retention: createRetention(commits, file),
    topicPages: createTopicPages(db),
    registry: {
      tenants: createTenants(db),
      sources: createSources(db),
      subscribers: createSubscribers(db),
      webhooks: createWebhooks(db, file),
      subscriptions: createSubscriptions(db),
      events: createEvents(db),
      deliveries: createDeliveries(db, commits, file),
    },
    erasures: createErasures(db, commits, file),
    admins: createAdmins(db),
    audit: createAudit(db, commits, file),
    settings,
    signingKeys: createSigningKeyStore(db),
    signedSets: createSignedSets(commits, file),
    checkWritable: (now) => settings.set('last_check', String(now)),
    close: async () => {
      await flush.close()
      await db.destroy()
    },
  }
}
