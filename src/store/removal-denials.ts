/** The first stage of a removal: whoever loses a subscription by it is told, in small commits like the rest. */
import type Sqlite from 'better-sqlite3'
import { among } from './among.ts'
import { denySubscriptions, type Which } from './denials.ts'
import type { Removal, Stage } from './removal-stage.ts'
import { all, build, first, run } from './typed-sql.ts'

const NOT_PUBLISHED = 'the topic is no longer published'

/** All that it had, in the order of their numbers: none is looked at twice. */
export const tellTenant: Stage = (file, removal, limit, now) => {
  const nums = numbersOf(file, (s) => s('tenant', '=', removal.id), removal, limit)
  const words = { why: 'its tenant was deleted', reason: NOT_PUBLISHED, now }
  denySubscriptions(file, (s) => s('num', 'in', among(nums)), words)
  // What waits goes with its event: that need not be dropped one by one.
  const leave = build.updateTable('subscriptions').set({ undelivered: 0 })
  run(file, leave.where('num', 'in', among(nums)))
  return nums.length
}

export const SUBSCRIBER_DELETED = { why: 'its subscriber was deleted', reason: 'access was withdrawn' }

/** What is active: what nobody has confirmed may be another's too, and is seen to when it is marked. */
export const tellOwner: Stage = (file, removal, limit, now) => {
  const nums = numbersOf(file, (s) => s('owner', '=', removal.id), removal, limit)
  const active: Which = (s) => s.and([s('num', 'in', among(nums)), s('state', '=', 'active')])
  denySubscriptions(file, active, { ...SUBSCRIBER_DELETED, now })
  return nums.length
}

/** A topic that a source registered goes once it has no subscription any more. */
export const tellTopics: Stage = (file, { id }, limit, now) => {
  const next = build.selectFrom('registered_topics').select('topic').where('source', '=', id).limit(1)
  const words = { why: 'the source of its topic was deleted', reason: NOT_PUBLISHED, now }
  let done = 0
  while (done < limit) {
    const topic = first(file, next)?.topic
    if (topic === undefined) break
    const left = limit - done
    const nums = livingOf(file, topic, left)
    denySubscriptions(file, (s) => s('num', 'in', among(nums)), words)
    if (nums.length < left) run(file, build.deleteFrom('registered_topics').where('topic', '=', topic))
    done += nums.length + 1
  }
  return done
}

/** By the indexes of what is active, and of what is not. */
function livingOf(file: Sqlite.Database, topic: string, limit: number): number[] {
  const subscriptions = build.selectFrom('subscriptions').select('num').where('topic', '=', topic)
  const pending = subscriptions.where('state', '!=', 'active').where('state', '=', 'pending')
  const living = subscriptions.where('state', '=', 'active').unionAll(pending)
  return all(file, living.limit(limit)).map(({ num }) => num)
}

function numbersOf(file: Sqlite.Database, which: Which, removal: Removal, limit: number): number[] {
  const behind = build.selectFrom('subscriptions').select('num').where(which).where('num', '>', removal.place)
  const nums = all(file, behind.orderBy('num').limit(limit)).map(({ num }) => num)
  removal.place = nums.at(-1) ?? removal.place
  return nums
}
