/** The first stage of a removal: whoever loses a subscription by it is told, in small commits like the rest. */
import type Sqlite from 'better-sqlite3'
import { numbered, NUMS } from './among.ts'
import { denySubscriptions } from './denials.ts'
import type { Removal, Stage } from './removal-stage.ts'

const NOT_PUBLISHED = 'the topic is no longer published'

/** All that it had, in the order of their numbers: none is looked at twice. */
export const tellTenant: Stage = (file, removal, limit, now) => {
  const nums = numbersOf(file, 'tenant = @id', removal, limit)
  const words = { why: 'its tenant was deleted', reason: NOT_PUBLISHED, now }
  denySubscriptions(file, [`num in ${NUMS}`, numbered(nums)], words)
  // What waits goes with its event: that need not be dropped one by one.
  file.prepare(`update subscriptions set undelivered = 0 where num in ${NUMS}`).run(numbered(nums))
  return nums.length
}

export const SUBSCRIBER_DELETED = { why: 'its subscriber was deleted', reason: 'access was withdrawn' }

/** What is active: what nobody has confirmed may be another's too, and is seen to when it is marked. */
export const tellOwner: Stage = (file, removal, limit, now) => {
  const nums = numbersOf(file, 'owner = @id', removal, limit)
  const which = `num in ${NUMS} and state = 'active'`
  denySubscriptions(file, [which, numbered(nums)], { ...SUBSCRIBER_DELETED, now })
  return nums.length
}

/** A topic that a source registered goes once it has no subscription any more. */
export const tellTopics: Stage = (file, { id }, limit, now) => {
  const next = file
    .prepare<[string], string>('select topic from registered_topics where source = ? limit 1')
    .pluck()
  const living = file
    .prepare<[object], number>(
      `select num from subscriptions where topic = @topic and state = 'active'
       union all
       select num from subscriptions where topic = @topic and state <> 'active' and state = 'pending'
       limit @left`,
    )
    .pluck()
  const forget = file.prepare('delete from registered_topics where topic = ?')
  const words = { why: 'the source of its topic was deleted', reason: NOT_PUBLISHED, now }
  let done = 0
  while (done < limit) {
    const topic = next.get(id)
    if (topic === undefined) break
    const left = limit - done
    const nums = living.all({ topic, left })
    denySubscriptions(file, [`num in ${NUMS}`, numbered(nums)], words)
    if (nums.length < left) forget.run(topic)
    done += nums.length + 1
  }
  return done
}

function numbersOf(file: Sqlite.Database, which: string, removal: Removal, limit: number): number[] {
  const look = file.prepare<[object], number>(
    `select num from subscriptions where ${which} and num > @place order by num limit @limit`,
  )
  const nums = look.pluck().all({ ...removal, limit })
  removal.place = nums.at(-1) ?? removal.place
  return nums
}
