import type Sqlite from 'better-sqlite3'
import { type InferResult, sql } from 'kysely'
import { ownerByKind } from '../../core/owner.ts'
import { type Registry, type SubscriptionRecord, WAITING_COUNTED } from '../../core/registry-ports.ts'
import { among } from '../among.ts'
import type { Commits } from '../commits.ts'
import { tellBeforeDeletion, type Which } from '../denials.ts'
import { read } from '../faults.ts'
import { isGone, isLeaving } from '../leaving.ts'
import { beginRemoval } from '../removals.ts'
import { all, build, first, run, so } from '../typed-sql.ts'
import { verificationsOf } from '../verifications.ts'
import { countWaiting } from './delivery-list.ts'
import { pageOfRows } from './looks.ts'
import { pageOfSubscriptions } from './subscription-list.ts'

/** What records are made of: the subscriptions that are not deleted, as `s`. */
export const subscriptionRows = build
  .selectFrom('subscriptions as s')
  .leftJoin('queues', 'subscription', 'num')
  .select(['num', 'id', 'tenant', 'owner', 'topic', 'callback', 'state', 'paused', 'ended_why', 'created_at'])
  .select(['lease_expires_at', 'renewal_at', 'secret_sealed', 'verification', 'verification_at'])
  .select(['failing_since', 'last_success_at', 'last_failure_at', 'last_failure', 'gate_at'])
  .select(so(isLeaving('s')).as('is_leaving'))
  .where(so(`not ${isGone('s')}`))

type SubscriptionRow = InferResult<typeof subscriptionRows>[number]

/** Newest first. */
export function createSubscriptions(commits: Commits, file: Sqlite.Database): Registry['subscriptions'] {
  const find = (id: string) => first(file, subscriptionRows.where('id', '=', id))
  return {
    get: (id) =>
      read(() => {
        const row = find(id)
        if (row === undefined) return undefined
        return {
          ...subscriptionRecord(row),
          verifications: verificationsOf(file, row.num),
          waiting: countWaiting(file, row.num, WAITING_COUNTED),
          failing_since: row.failing_since,
          held_until: row.gate_at === 0 ? null : row.gate_at,
        }
      }),

    list: (page) =>
      pageOfRows(
        () => pageOfSubscriptions(file, page),
        (nums) => all(file, subscriptionRows.where('num', 'in', among(nums))),
        subscriptionRecord,
      ),

    /** Its deliveries, waiting or done, go with it; its callback is told. */
    remove: (id, now) =>
      commits.durable(() => {
        const subscription = find(id)?.num
        if (subscription === undefined) return false
        tellBeforeDeletion(file, subscription, 'the subscription was deleted', now)
        // Its topic and callback are free at once, for another subscription.
        const end = build
          .updateTable('subscriptions')
          .set({ state: 'ended', callback: sql`callback || char(10) || num` })
        run(file, end.where('num', '=', subscription))
        beginRemoval(file, { kind: 'subscriptions', id, subscription }, now)
        return true
      }),

    pause: (id, paused, now) =>
      commits.durable(() => {
        const row = find(id)
        if (row?.state !== 'active') return row === undefined ? 'unknown' : 'inactive'
        setPaused(file, (s) => s('id', '=', id), paused, now)
        return 'done'
      }),
  }
}

/**
 * Within a commit. What waited while they were paused may go out again: whoever claims their queues finds out what it
 * is, for when they were ready last says nothing of what has come since; a receiver that failed has all of its time anew.
 */
export function setPaused(file: Sqlite.Database, which: Which, paused: boolean, now: number): void {
  const pause = build.updateTable('subscriptions').set({ paused: Number(paused) })
  run(file, pause.where(which))
  if (paused) return
  const resumed = build.selectFrom('subscriptions').select('num').where(which)
  const resume = build.updateTable('queues').set((queue) => ({
    ready_at: queue.ref('gate_at'),
    failing_since: sql`iif(failing_since is null, null, ${now})`,
  }))
  run(file, resume.where('subscription', 'in', resumed))
}

export const subscriptionRecord = ({
  num: _num,
  owner,
  paused,
  renewal_at,
  secret_sealed,
  failing_since,
  gate_at: _gate,
  is_leaving,
  ...row
}: SubscriptionRow): SubscriptionRecord => ({
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
