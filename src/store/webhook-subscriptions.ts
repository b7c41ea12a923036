/** The subscriptions that a webhook should have, asked for and ended within the commit that says so. */
import { webhookOwner } from '../core/owner.ts'
import type { WantedSubscription, Webhook } from '../core/webhook.ts'
import { isAlive } from './alive.ts'
import { withdraw } from './denials.ts'
import type { RequestIntent } from './intent-inbox.ts'
import type { Tx } from './tables.ts'

/** Rolls everything back: a part of the webhook is another's. */
export class Taken extends Error {}

/**
 * Asks for what is not met. The operator is not held back by what strangers asked for, so there is no limit.
 *
 * @returns the topics that were asked for
 * @throws Taken
 */
export async function askFor(
  tx: Tx,
  requestIntent: RequestIntent,
  wanted: readonly WantedSubscription[],
): Promise<string[]> {
  const asked: string[] = []
  for (const subscription of wanted) {
    if (await isMet(tx, subscription)) continue
    const { request } = subscription
    if (await isAnotherWebhooks(tx, request)) throw new Taken()
    if (requestIntent(request, { inAll: Infinity }) === 'taken') throw new Taken()
    asked.push(request.intent.topic)
  }
  return asked
}

/** Ends every subscription of the webhook, or all but these. */
export async function endSubscriptions(
  tx: Tx,
  { id, verification }: Webhook,
  { reason, ...words }: { why: string; reason: string; now: number },
  but: readonly WantedSubscription[] = [],
): Promise<void> {
  await withdraw(
    tx,
    webhookOwner(id),
    (eb) =>
      eb.not(
        eb.or(
          but.map(({ request: { intent } }) => eb.and({ topic: intent.topic, callback: intent.callback })),
        ),
      ),
    // Whoever cannot repeat a challenge has no answer to a GET: it is not told.
    verification === 'operator' ? words : { ...words, reason },
  )
}

/** What waits for an answer is what counts: it replaces what is held. */
async function isMet(tx: Tx, { request, isMetBy }: WantedSubscription): Promise<boolean> {
  const { intent, owner, now } = request
  const row = await tx
    .selectFrom('subscriptions')
    .select(['num', 'state', 'owner', 'lease_expires_at', 'secret_sealed', 'vouched'])
    .where('topic', '=', intent.topic)
    .where('callback', '=', intent.callback)
    .executeTakeFirst()
  if (row === undefined) return false
  const asked = await tx
    .selectFrom('intents')
    .select(['secret_sealed', 'vouched'])
    .where('subscription', '=', row.num)
    .where('owner', '=', owner)
    .where('mode', '=', 'subscribe')
    .orderBy('num', 'desc')
    .limit(1)
    .executeTakeFirst()
  const held = asked ?? (isAlive(row, now) && row.owner === owner ? row : undefined)
  return held !== undefined && isMetBy({ secretSealed: held.secret_sealed, vouched: held.vouched === 1 })
}

/** Of two webhooks that ask for the same, the second would find out only when the first is confirmed. */
async function isAnotherWebhooks(tx: Tx, { intent, owner }: WantedSubscription['request']): Promise<boolean> {
  const row = await tx
    .selectFrom('intents as i')
    .innerJoin('subscriptions as s', 's.num', 'i.subscription')
    .select('i.num')
    .where('s.topic', '=', intent.topic)
    .where('s.callback', '=', intent.callback)
    .where('i.mode', '=', 'subscribe')
    .where('i.owner', 'like', webhookOwner('%'))
    .where('i.owner', '!=', owner)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}
