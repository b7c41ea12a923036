/** The store on one SQLite file: every port of the core, on one connection. */
import type Sqlite from 'better-sqlite3'
import type { Observer, Vault } from '../core/ports.ts'
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
import { createSettings } from './settings.ts'
import { createSignedSets } from './signed-sets.ts'
import { createSigningKeyStore } from './signing-keys.ts'
import { withSteadyPlans } from './steady-plans.ts'
import { createTestInbox } from './test-inbox.ts'
import { createTopicPages } from './topic-pages.ts'
import { createWebTopics } from './web-topics.ts'

export { openFile } from './sqlite-file.ts'
export type { Settings } from './settings.ts'

export type Store = Awaited<ReturnType<typeof createStore>>

/**
 * Takes over the open file; `close` closes it.
 *
 * @throws Error with a sentence for the operator when its tables are not to be used; the file is closed then
 */
export async function createStore(
  file: Sqlite.Database,
  vault: Vault,
  observer: Pick<Observer, 'committed'> = { committed: () => undefined },
) {
  try {
    await migrate(file)
  } catch (error) {
    file.close()
    throw error
  }
  // Behind the migrations: statements are prepared on the tables that they are for. What often runs is planned once.
  const steady = withSteadyPlans(file)
  const flush = createBackgroundFlush(`${file.name}-wal`)
  const commits = createCommits(file, observer, flush)
  const settings = createSettings(commits, file)
  const expiry = createExpiry(commits, steady)
  // The file is ours alone: whatever is claimed was claimed by a process that is gone.
  await expiry.freeClaims(Number.MAX_SAFE_INTEGER)
  return {
    directory: createDirectory(steady, vault),
    inbox: createInbox(commits, steady),
    testInbox: createTestInbox(commits, file),
    registeredTopics: createRegisteredTopics(commits, file),
    contents: createContents(commits, steady),
    webTopics: createWebTopics(commits, file),
    refusals: createRefusalRecord(commits, file),
    fanOut: createFanOut(commits, steady),
    queues: createDeliveryQueues(commits, steady),
    replays: createReplays(commits, steady),
    backlog: createBacklog(file),
    intentInbox: createIntentInbox(commits, steady),
    intents: createIntentQueue(commits, steady),
    expiry,
    renewals: createRenewals(commits, file),
    removals: createRemovals(commits, file),
    retention: createRetention(commits, steady),
    topicPages: createTopicPages(steady),
    registry: {
      tenants: createTenants(commits, file),
      sources: createSources(commits, file),
      subscribers: createSubscribers(commits, file),
      webhooks: createWebhooks(commits, file),
      subscriptions: createSubscriptions(commits, file),
      events: createEvents(file),
      deliveries: createDeliveries(commits, file),
    },
    erasures: createErasures(commits, file),
    admins: createAdmins(commits, file),
    audit: createAudit(commits, file),
    settings,
    signingKeys: createSigningKeyStore(commits, file),
    signedSets: createSignedSets(commits, file),
    /** Writes; rejects with the Refusal `unavailable` when it cannot. */
    checkWritable: (now: number) => settings.set('last_check', String(now)),
    close: async () => {
      await flush.close()
      file.close()
    },
  }
}
