import { type Selectable, sql } from 'kysely'
import { ownerByKind } from '../../core/owner.ts'
import { type Registry, type SubscriptionRecord, WAITING_COUNTED } from '../../core/registry-ports.ts'
import { among } from '../among.ts'
import type { Db, Tables, Tx } from '../tables.ts'
import { resume } from './resume.ts'
import { isGone, isLeaving } from '../leaving.ts'
import { beginRemoval } from '../removals.ts'
import { tellBeforeDeletion } from '../denials.ts'
import { verificationsOf } from '../verifications.ts'
import { countWaiting } from './delivery-list.ts'
import { pageOfRows } from './looks.ts'
import { pageOfSubscriptions } from './subscription-list.ts'

/** What a record is made of. */
export const selectSubscriptions = (db: Db) =>
  db
    .selectFrom('subscriptions')
    .leftJoin('queues', 'queues.subscription', 'num')
    .select(['num', 'id', 'tenant', 'owner', 'topic', 'callback', 'state', 'paused', 'ended_why'])
    .select(['lease_expires_at', 'renewal_at', 'secret_sealed', 'verification', 'verification_at'])
    .select(['failing_since', 'last_success_at', 'last_failure_at', 'last_failure', 'created_at', 'gate_at'])
    .select(sql.raw<number>(isLeaving('subscriptions')).as('is_leaving'))

/** Not deleted. */
export const isSeen = sql.raw<boolean>(`not ${isGone('subscriptions')}`)

/** Newest first. */
export function createSubscriptions(db: Db): Registry['subscriptions'] {
  const subscriptions = selectSubscriptions(db)
  return {
    async get(id) {
      const row = await subscriptions.where('id', '=', id).where(isSeen).executeTakeFirst()
      if (row === undefined) return undefined
      const [verifications, waiting] = await Promise.all([
        verificationsOf(db, row.num),
        countWaiting(db, row.num, WAITING_COUNTED),
      ])
      const { failing_since, gate_at } = row
      return {
        ...subscriptionRecord(row),
        verifications,
        waiting,
        failing_since,
        held_until: gate_at === 0 ? null : gate_at,
      }
    },

    list: (page) =>
      pageOfRows(
        db,
        (one) => pageOfSubscriptions(one, page),
        (one, nums) => selectSubscriptions(one).where('num', 'in', among(nums)).execute(),
        subscriptionRecord,
      ),

    /** Its deliveries, waiting or done, go with it; its callback is told. */
    remove: (id, now) =>
      db.transaction().execute(async (tx) => {
        const found = await find(tx, id)
        if (found === undefined) return false
        const { num: subscription } = found
        await tellBeforeDeletion(
          tx,
          (eb) => eb('num', '=', subscription),
          'the subscription was deleted',
          now,
        )
        await tx.deleteFrom('intents').where('subscription', '=', subscription).execute()
        // Its topic and callback are free at once, for another subscription.
        await sql`update subscriptions set state = 'ended', callback = callback || char(10) || num
          where num = ${subscription}`.execute(tx)
        await beginRemoval(tx, { kind: 'subscriptions', id, subscription }, now)
        return true
      }),

    pause: (id, paused, now) =>
      db.transaction().execute(async (tx) => {
        const row = await find(tx, id)
        if (row?.state !== 'active') return row === undefined ? 'unknown' : 'inactive'
        await tx
          .updateTable('subscriptions')
          .set({ paused: Number(paused) })
          .where('id', '=', id)
          .execute()
        if (!paused) await resume(tx, (eb) => eb('id', '=', id), now)
        return 'done'
      }),
  }
}

const find = (tx: Tx, id: string) =>
  tx
    .selectFrom('subscriptions')
    .select(['num', 'state'])
    .where('id', '=', id)
    .where(isSeen)
    .executeTakeFirst()

type Row = Pick<
  Selectable<Tables['subscriptions']>,
  keyof SubscriptionRecord & keyof Tables['subscriptions']
> &
  Pick<Selectable<Tables['subscriptions']>, 'num' | 'owner' | 'paused' | 'renewal_at' | 'secret_sealed'> &
  Pick<SubscriptionRecord, 'last_success_at' | 'last_failure_at' | 'last_failure'> & {
    failing_since: number | null
    gate_at: number | null
    is_leaving: number
  }

export const subscriptionRecord = ({
  num,
  owner,
  paused,
  renewal_at,
  secret_sealed,
  failing_since,
  gate_at: _gate,
  is_leaving,
  ...row
}: Row): SubscriptionRecord => ({
  ...row,
  ...ownerByKind(owner),
  ...(is_leaving === 1 && row.state !== 'ended'
    ? { state: 'ended', ended_why: 'what it belongs to was deleted' }
    : { state: row.state === 'active' ? activeState(paused === 1, failing_since !== null) : row.state }),
  renewed_by_hub: renewal_at !== null,
  signed: secret_sealed !== null,
})

const activeState = (isPaused: boolean, isFailing: boolean): string => {
  if (isPaused) return 'paused'
  return isFailing ? 'failing' : 'active'
}
