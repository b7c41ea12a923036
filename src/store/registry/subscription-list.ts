/** Subscriptions in a list, the newest first: by the index that leads to what is asked for, in bounded looks. */
import type Sqlite from 'better-sqlite3'
import { type SelectQueryBuilder, sql } from 'kysely'
import { webhookOwner } from '../../core/owner.ts'
import type { PageRequest, SubscriptionFilters } from '../../core/list.ts'
import { isGone, isLeaving } from '../leaving.ts'
import type { Tables } from '../tables.ts'
import { all, build, so, where } from '../typed-sql.ts'
import { belowKey, type Keys, LOOK, look, pageOfLooks } from './looks.ts'

const LIVES = `s.state = 'active' and not ${isLeaving('s')}`

/** As `subscriptionRecord` shows it. */
const STATES: Record<string, string> = {
  pending: `s.state = 'pending' and not ${isLeaving('s')}`,
  active: `${LIVES} and s.paused = 0 and q.failing_since is null`,
  failing: `${LIVES} and s.paused = 0 and q.failing_since is not null`,
  paused: `${LIVES} and s.paused = 1`,
  ended: `(s.state = 'ended' or ${isLeaving('s')})`,
}

export function pageOfSubscriptions(
  file: Sqlite.Database,
  { after, limit, ...filters }: PageRequest & SubscriptionFilters,
): Keys {
  const [below = 0] = belowKey(after, 1)
  const most = Math.max(limit + 1, LOOK)
  const { tenant, topic, subscriber, webhook } = filters
  const fits = so(`not ${isGone('s')} and ${STATES[filters.state ?? ''] ?? 'true'}`)
  const ofWebhook = { owner: webhook && webhookOwner(webhook) }
  const given = { tenant, topic, owner: subscriber }
  const looks = waysTo(filters).map((way) => {
    const candidates = way.where('num', '<', below).orderBy('num', 'desc').limit(most)
    const looked = build
      .selectFrom(candidates.as('candidates'))
      .innerJoin('subscriptions as s', 's.num', 'candidates.num')
      .leftJoin('queues as q', 'q.subscription', 'candidates.num')
      .select('candidates.num')
      .select((s) => s.and([fits, ...where(s, given), ...where(s, ofWebhook)]).as('fits'))
    const rows = all(file, looked).map(({ num, fits }) => [num, Number(fits)])
    return look(rows, most)
  })
  return pageOfLooks(looks, limit)
}

type Way = SelectQueryBuilder<Tables, 'subscriptions' | 'queues', { num: number }>

/** These are few, and have an index. */
const FAILING = build
  .selectFrom('queues')
  .select(sql<number>`+subscription`.as('num'))
  .where('failing_since', 'is not', null)

const SUBSCRIPTIONS = build.selectFrom('subscriptions').select('num')

/** Where candidates are, and which of them; the numbers are found without a sort. */
function waysTo({ topic, state, subscriber, webhook, tenant }: SubscriptionFilters): Way[] {
  if (state === 'failing') return [FAILING]
  if (subscriber !== undefined) return [SUBSCRIPTIONS.where('owner', '=', subscriber)]
  if (webhook !== undefined) return [SUBSCRIPTIONS.where('owner', '=', webhookOwner(webhook))]
  if (topic !== undefined) {
    const ofTopic = SUBSCRIPTIONS.where('topic', '=', topic)
    // As the indexes say it.
    const which = [
      `state = 'active'`,
      ...['pending', 'ended'].map((one) => `state <> 'active' and state = '${one}'`),
    ]
    return which.map((one) => ofTopic.where(so(one)))
  }
  return [tenant === undefined ? SUBSCRIPTIONS : SUBSCRIPTIONS.where('tenant', '=', tenant)]
}
