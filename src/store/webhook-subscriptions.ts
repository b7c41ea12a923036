/** The subscriptions that a webhook should have, asked for and ended within the commit that says so. */
import type Sqlite from 'better-sqlite3'
import { sql } from 'kysely'
import { type Owner, webhookOwner } from '../core/owner.ts'
import type { WantedSubscription, Webhook } from '../core/webhook.ts'
import { isAlive } from './alive.ts'
import { withdraw } from './denials.ts'
import type { RequestIntent } from './intent-inbox.ts'
import type { Row } from './tables.ts'
import { build, first } from './typed-sql.ts'

/** Rolls everything back: a part of the webhook is another's. */
export class Taken extends Error {}

/**
 * Asks for what is not met, within a commit. The operator is not held back by what strangers asked for, so there is no
 * limit.
 *
 * @returns the topics that were asked for
 * @throws Taken
 */
export function askFor(
  file: Sqlite.Database,
  requestIntent: RequestIntent,
  wanted: readonly WantedSubscription[],
): string[] {
  const asked: string[] = []
  for (const subscription of wanted) {
    const { intent, owner } = subscription.request
    const there = build
      .selectFrom('subscriptions')
      .selectAll()
      .where('topic', '=', intent.topic)
      .where('callback', '=', intent.callback)
    const row = first(file, there)
    if (row !== undefined && isMet(file, subscription, row)) continue
    if (row !== undefined && isAskedByAnother(file, row.num, owner)) throw new Taken()
    if (requestIntent(subscription.request, { inAll: Infinity }) === 'taken') throw new Taken()
    asked.push(intent.topic)
  }
  return asked
}

/** What waits for an answer is what counts: it replaces what is held. */
function isMet(
  file: Sqlite.Database,
  { request: { owner, now }, isMetBy }: WantedSubscription,
  row: Row<'subscriptions'>,
): boolean {
  const latest = asking(row.num).where('owner', '=', owner).orderBy('num', 'desc').limit(1)
  const held = first(file, latest) ?? (isAlive(row, now) && row.owner === owner ? row : undefined)
  return held !== undefined && isMetBy({ secretSealed: held.secret_sealed, vouched: held.vouched === 1 })
}

/** Of two webhooks that ask for the same, the second would find out only when the first is confirmed. */
function isAskedByAnother(file: Sqlite.Database, subscription: number, owner: Owner): boolean {
  const other = asking(subscription).where('owner', 'like', webhookOwner('%')).where('owner', '!=', owner)
  return first(file, other.limit(1)) !== undefined
}

const asking = (subscription: number) =>
  build
    .selectFrom('intents')
    .selectAll()
    .where('subscription', '=', subscription)
    .where('mode', '=', 'subscribe')

/** Ends every subscription of the webhook, or all but these; within a commit. */
export function endSubscriptions(
  file: Sqlite.Database,
  { id, verification }: Webhook,
  { reason, ...words }: { why: string; reason: string; now: number },
  but: readonly WantedSubscription[] = [],
): void {
  const kept = but.map(({ request: { intent } }) => [intent.topic, intent.callback])
  withdraw(
    file,
    webhookOwner(id),
    () =>
      sql`(topic, callback) not in (select value ->> 0, value ->> 1 from json_each(${JSON.stringify(kept)}))`,
    // Whoever cannot repeat a challenge has no answer to a GET: it is not told.
    verification === 'operator' ? words : { ...words, reason },
  )
}
