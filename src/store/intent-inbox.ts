import type { IntentInbox, IntentRequest } from '../core/store-ports.ts'
import { isAlive } from './alive.ts'
import type { Db, Tx } from './tables.ts'

/** Requests to subscribe or unsubscribe come in; what is active is not touched before the callback's word. */
export function createIntentInbox(db: Db): IntentInbox {
  return {
    request: (request, maxWaiting) =>
      db.transaction().execute((tx) => requestIntent(tx, request, maxWaiting)),
  }
}

/** The same as a part of a commit. */
export async function requestIntent(
  tx: Tx,
  request: IntentRequest,
  maxWaiting: number,
): ReturnType<IntentInbox['request']> {
  const { intent, owner, now } = request
  const existing = await tx
    .selectFrom('subscriptions')
    .select(['num', 'state', 'owner', 'lease_expires_at'])
    .where('topic', '=', intent.topic)
    .where('callback', '=', intent.callback)
    .executeTakeFirst()
  const foreign = existing !== undefined && isAlive(existing, now) && existing.owner !== owner
  if (intent.mode === 'unsubscribe' && (foreign || existing === undefined || existing.state === 'ended')) {
    return 'nothing'
  }
  if (foreign) return 'taken'
  await supersede(tx, existing?.num, request)
  if ((await waitingIntents(tx, 'all')) >= maxWaiting) return 'full'

  const subscription = existing === undefined ? await appear(tx, request) : existing.num
  if (existing?.state === 'ended') await revive(tx, subscription, request)
  await tx
    .insertInto('intents')
    .values({
      id: intent.id,
      subscription,
      owner,
      topic: intent.topic,
      callback: intent.callback,
      host: request.host,
      mode: intent.mode,
      secret_sealed: request.secretSealed ?? null,
      lease_seconds: intent.leaseSeconds,
      renewing: Number(request.renewing),
      vouched: Number(intent.vouched ?? false),
      verify_token: intent.verifyToken ?? null,
      attempts: intent.attempts,
      due_at: now,
    })
    .execute()
  return 'queued'
}

/**
 * Who asks again means the newer request: the older ones that still wait would only take others' places. And who
 * asks need not be told any more that an earlier life of the subscription was denied.
 */
async function supersede(
  tx: Tx,
  subscription: number | undefined,
  { intent, owner }: IntentRequest,
): Promise<void> {
  const waiting = tx
    .deleteFrom('intents')
    .where('owner', 'is not distinct from', owner)
    .where('claim', 'is', null)
  await waiting
    .where('mode', '=', 'denied')
    .where('topic', '=', intent.topic)
    .where('callback', '=', intent.callback)
    .execute()
  if (subscription === undefined) return
  await waiting.where('mode', '=', intent.mode).where('subscription', '=', subscription).execute()
}

/** Denials wait in the same queue, and take nobody's place; others' questions take no renewal's. */
export async function waitingIntents(tx: Tx, among: 'all' | 'renewals'): Promise<number> {
  const { n } = await tx
    .selectFrom('intents')
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .where('mode', '!=', 'denied')
    .$if(among === 'renewals', (intents) => intents.where('renewal', '=', 1))
    .executeTakeFirstOrThrow()
  return n
}

/** A new life is the asker's, and nothing of how the last one was lasts. */
async function revive(tx: Tx, subscription: number, { tenant, owner, paused }: IntentRequest): Promise<void> {
  await tx
    .updateTable('subscriptions')
    // The tenant too: names of topics may have gone to another source.
    .set({ state: 'pending', ended_why: null, tenant, owner, paused: Number(paused ?? false) })
    .where('num', '=', subscription)
    .execute()
}

/** The operator sees a new subscription from the moment it is asked for. */
async function appear(tx: Tx, { intent, ...request }: IntentRequest): Promise<number> {
  const { tenant, owner, origin, host, paused, now } = request
  const { num } = await tx
    .insertInto('subscriptions')
    .values({
      id: intent.id,
      tenant,
      owner,
      topic: intent.topic,
      callback: intent.callback,
      origin,
      host,
      state: 'pending',
      paused: Number(paused ?? false),
      created_at: now,
    })
    .returning('num')
    .executeTakeFirstOrThrow()
  return num
}
