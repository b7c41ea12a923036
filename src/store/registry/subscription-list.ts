/** Subscriptions in a list, the newest first: by the index that leads to what is asked for, in bounded looks. */
import type Sqlite from 'better-sqlite3'
import { webhookOwner } from '../../core/owner.ts'
import type { PageRequest, SubscriptionFilters } from '../../core/list.ts'
import { isGone, isLeaving } from '../leaving.ts'
import { all, belowKey, given, type Keys, LOOK, look, pageOfLooks } from './looks.ts'

const LIVES = `s.state = 'active' and not ${isLeaving('s')}`

/** As `subscriptionRecord` shows it. */
const STATES: Record<string, string> = {
  pending: `s.state = 'pending' and not ${isLeaving('s')}`,
  active: `${LIVES} and s.paused = 0 and q.failing_since is null`,
  failing: `${LIVES} and s.paused = 0 and q.failing_since is not null`,
  paused: `${LIVES} and s.paused = 1`,
  ended: `(s.state = 'ended' or ${isLeaving('s')})`,
}

const FILTERS = {
  tenant: 's.tenant = @tenant',
  topic: 's.topic = @topic',
  subscriber: 's.owner = @subscriber',
  webhook: 's.owner = @webhookOwner',
}

export function pageOfSubscriptions(
  file: Sqlite.Database,
  { after, limit, ...filters }: PageRequest & SubscriptionFilters,
): Keys {
  const [below] = belowKey(after, 1)
  const named = {
    ...{ ...filters, webhookOwner: webhookOwner(filters.webhook ?? '') },
    ...{ below, most: Math.max(limit + 1, LOOK) },
  }
  const state = filters.state === undefined ? undefined : STATES[filters.state]
  const fits = all([`not ${isGone('s')}`, ...given(filters, FILTERS), state])
  const looks = waysTo(filters).map((candidates) =>
    look(
      file,
      `select k0, ${fits}
       from (select num as k0 from ${candidates} and num < @below order by num desc limit @most)
       join subscriptions s on s.num = k0 left join queues q on q.subscription = k0`,
      named,
    ),
  )
  return pageOfLooks(looks, limit)
}

/** Where candidates are, and which of them; the numbers are found without a sort. */
function waysTo({ topic, state, subscriber, webhook, tenant }: SubscriptionFilters): string[] {
  if (state === 'failing')
    return ['(select +subscription as num from queues where failing_since is not null) where true']
  const which = (condition: string) => `subscriptions s where ${condition}`
  if (subscriber !== undefined) return [which(FILTERS.subscriber)]
  if (webhook !== undefined) return [which(FILTERS.webhook)]
  if (topic !== undefined) {
    const resting = ['pending', 'ended'].map((one) => `state <> 'active' and state = '${one}'`)
    return [`state = 'active'`, ...resting].map((one) => which(`${FILTERS.topic} and ${one}`))
  }
  return [which(tenant === undefined ? 'true' : FILTERS.tenant)]
}
