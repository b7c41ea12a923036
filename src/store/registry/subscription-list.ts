/** Subscriptions in a list, the newest first: by the index that leads to what is asked for, in bounded looks. */
import { type RawBuilder, sql } from 'kysely'
import { webhookOwner } from '../../core/owner.ts'
import type { PageRequest, SubscriptionFilters } from '../../core/list.ts'
import { isGone, isLeaving } from '../leaving.ts'
import type { Db } from '../tables.ts'
import { all, belowKey, type Keys, LOOK, look, pageOfLooks } from './looks.ts'

/** Where candidates are, and which of them; the numbers are found without a sort. */
interface Way {
  from: RawBuilder<unknown>
  where?: RawBuilder<unknown>
}

export async function pageOfSubscriptions(
  db: Db,
  { after, limit, ...filters }: PageRequest & SubscriptionFilters,
): Promise<Keys> {
  const [below = 0] = belowKey(after, 1)
  const most = Math.max(limit + 1, LOOK)
  const fits = all(conditions(filters))
  const looks = waysTo(filters).map(({ from, where }) =>
    look(
      db,
      sql`select k0, ${fits} as fits
        from (select num as k0 from ${from} where ${all([where, sql`num < ${below}`])} order by num desc limit ${most})
        join subscriptions s on s.num = k0 left join queues q on q.subscription = k0`,
      most,
    ),
  )
  return pageOfLooks(await Promise.all(looks), limit)
}

function waysTo({ topic, state, subscriber, webhook, tenant }: SubscriptionFilters): Way[] {
  const subscriptions = sql`subscriptions`
  if (state === 'failing') {
    return [{ from: sql`(select +subscription as num from queues where failing_since is not null)` }]
  }
  const owner = subscriber ?? (webhook === undefined ? undefined : webhookOwner(webhook))
  if (owner !== undefined) return [{ from: subscriptions, where: sql`owner = ${owner}` }]
  if (topic !== undefined) {
    const active = sql`topic = ${topic} and state = 'active'`
    const resting = ['pending', 'ended'].map(
      (one) => sql`topic = ${topic} and state <> 'active' and state = ${one}`,
    )
    return [active, ...resting].map((where) => ({ from: subscriptions, where }))
  }
  if (tenant !== undefined) return [{ from: subscriptions, where: sql`tenant = ${tenant}` }]
  return [{ from: subscriptions }]
}

const LEAVING = sql.raw(isLeaving('s'))
const LIVES = sql`s.state = 'active' and not ${LEAVING}`

/** As `subscriptionRecord` shows it. */
const STATES: Record<string, RawBuilder<unknown>> = {
  pending: sql`s.state = 'pending' and not ${LEAVING}`,
  active: sql`${LIVES} and s.paused = 0 and q.failing_since is null`,
  failing: sql`${LIVES} and s.paused = 0 and q.failing_since is not null`,
  paused: sql`${LIVES} and s.paused = 1`,
  ended: sql`(s.state = 'ended' or ${LEAVING})`,
}

const conditions = ({ topic, state, subscriber, webhook, tenant }: SubscriptionFilters) => [
  sql.raw(`not ${isGone('s')}`),
  tenant === undefined ? undefined : sql`s.tenant = ${tenant}`,
  topic === undefined ? undefined : sql`s.topic = ${topic}`,
  subscriber === undefined ? undefined : sql`s.owner = ${subscriber}`,
  webhook === undefined ? undefined : sql`s.owner = ${webhookOwner(webhook)}`,
  state === undefined ? undefined : STATES[state],
]
