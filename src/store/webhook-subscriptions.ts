/** The subscriptions that a webhook should have, asked for and ended within the commit that says so. */
import type Sqlite from 'better-sqlite3'
import { webhookOwner } from '../core/owner.ts'
import type { WantedSubscription, Webhook } from '../core/webhook.ts'
import { isAlive } from './alive.ts'
import { withdraw } from './denials.ts'
import type { RequestIntent } from './intent-inbox.ts'
import type { Row } from './tables.ts'

/** Rolls everything back: a part of the webhook is another's. */
export class Taken extends Error {}

/**
 * @returns what asks for what is not met, and tells the topics that were asked for. The operator is not held back by what
 *   strangers asked for, so there is no limit. It throws Taken
 */
export function createAsking(
  file: Sqlite.Database,
  requestIntent: RequestIntent,
): (wanted: readonly WantedSubscription[]) => string[] {
  const find = file.prepare<[string, string], Row<'subscriptions'>>(
    'select * from subscriptions where topic = ? and callback = ?',
  )
  const latest = file.prepare<[number, string | null], Row<'intents'>>(
    `select * from intents where subscription = ? and owner = ? and mode = 'subscribe' order by num desc limit 1`,
  )
  // Of two webhooks that ask for the same, the second would find out only when the first is confirmed.
  const ofAnotherWebhook = file.prepare(
    `select 1 from intents where subscription = ? and mode = 'subscribe' and owner like '${webhookOwner('%')}'
       and owner <> ? limit 1`,
  )

  /** What waits for an answer is what counts: it replaces what is held. */
  function isMet(
    { request: { owner, now }, isMetBy }: WantedSubscription,
    row: Row<'subscriptions'>,
  ): boolean {
    const held = latest.get(row.num, owner) ?? (isAlive(row, now) && row.owner === owner ? row : undefined)
    return held !== undefined && isMetBy({ secretSealed: held.secret_sealed, vouched: held.vouched === 1 })
  }

  return (wanted) => {
    const asked: string[] = []
    for (const subscription of wanted) {
      const { intent, owner } = subscription.request
      const row = find.get(intent.topic, intent.callback)
      if (row !== undefined && isMet(subscription, row)) continue
      if (row !== undefined && ofAnotherWebhook.get(row.num, owner) !== undefined) throw new Taken()
      if (requestIntent(subscription.request, { inAll: Infinity }) === 'taken') throw new Taken()
      asked.push(intent.topic)
    }
    return asked
  }
}

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
    [
      '(topic, callback) not in (select value ->> 0, value ->> 1 from json_each(@kept))',
      { kept: JSON.stringify(kept) },
    ],
    // Whoever cannot repeat a challenge has no answer to a GET: it is not told.
    verification === 'operator' ? words : { ...words, reason },
  )
}
