import type Sqlite from 'better-sqlite3'
import { ownerByKind } from '../../core/owner.ts'
import { type Registry, type SubscriptionRecord, WAITING_COUNTED } from '../../core/registry-ports.ts'
import { numbered, NUMS } from '../among.ts'
import type { Commits } from '../commits.ts'
import { tellBeforeDeletion, type Which } from '../denials.ts'
import { read } from '../faults.ts'
import { isGone, isLeaving } from '../leaving.ts'
import { beginRemoval } from '../removals.ts'
import type { Row } from '../tables.ts'
import { verificationsOf } from '../verifications.ts'
import { countWaiting } from './delivery-list.ts'
import { pageOfRows } from './looks.ts'
import { pageOfSubscriptions } from './subscription-list.ts'

/** What a record is made of. */
type SubscriptionRow = Omit<
  SubscriptionRecord,
  keyof ReturnType<typeof ownerByKind> | 'renewed_by_hub' | 'signed'
> &
  Pick<Row<'subscriptions'>, 'num' | 'owner' | 'paused' | 'renewal_at' | 'secret_sealed'> & {
    failing_since: number | null
    gate_at: number | null
    is_leaving: number
  }

/** @returns the subscriptions of which this is so, and which are not deleted */
export const selectSubscriptions = (file: Sqlite.Database, which: string) =>
  file.prepare<[object], SubscriptionRow>(
    `select num, id, tenant, owner, topic, callback, state, paused, ended_why, lease_expires_at, renewal_at, secret_sealed,
       verification, verification_at, failing_since, last_success_at, last_failure_at, last_failure, created_at, gate_at,
       ${isLeaving('s')} as is_leaving
     from subscriptions s left join queues on subscription = num where not ${isGone('s')} and ${which}`,
  )

/** Newest first. */
export function createSubscriptions(commits: Commits, file: Sqlite.Database): Registry['subscriptions'] {
  const byId = selectSubscriptions(file, 'id = @id')
  const listed = selectSubscriptions(file, `num in ${NUMS}`)
  // Its topic and callback are free at once, for another subscription.
  const end = file.prepare(
    `update subscriptions set state = 'ended', callback = callback || char(10) || num where num = ?`,
  )
  return {
    get: (id) =>
      read(() => {
        const row = byId.get({ id })
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
        (nums) => listed.all(numbered(nums)),
        subscriptionRecord,
      ),

    /** Its deliveries, waiting or done, go with it; its callback is told. */
    remove: (id, now) =>
      commits.durable(() => {
        const subscription = byId.get({ id })?.num
        if (subscription === undefined) return false
        tellBeforeDeletion(file, subscription, 'the subscription was deleted', now)
        end.run(subscription)
        beginRemoval(file, { kind: 'subscriptions', id, subscription }, now)
        return true
      }),

    pause: (id, paused, now) =>
      commits.durable(() => {
        const row = byId.get({ id })
        if (row?.state !== 'active') return row === undefined ? 'unknown' : 'inactive'
        setPaused(file, ['id = @id', { id }], paused, now)
        return 'done'
      }),
  }
}

/**
 * Within a commit. What waited while they were paused may go out again: whoever claims their queues finds out what it
 * is, for when they were ready last says nothing of what has come since; a receiver that failed has all of its time anew.
 */
export function setPaused(
  file: Sqlite.Database,
  [condition, named]: Which,
  paused: boolean,
  now: number,
): void {
  file
    .prepare(`update subscriptions set paused = @paused where ${condition}`)
    .run({ ...named, paused: Number(paused) })
  if (paused) return
  const resume = file.prepare(
    `update queues set ready_at = gate_at, failing_since = iif(failing_since is null, null, @now)
     where subscription in (select num from subscriptions where ${condition})`,
  )
  resume.run({ ...named, now })
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
