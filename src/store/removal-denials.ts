/** The first stage of a removal: whoever loses a subscription by it is told, in small commits like the rest. */
import { sql } from 'kysely'
import { among } from './among.ts'
import { denySubscriptions, type DenialWords } from './denials.ts'
import type { Removal, Stage } from './removal-stage.ts'
import type { Tx } from './tables.ts'

/** All that it had, in the order of their numbers: none is looked at twice. */
export const tellTenant: Stage = async (tx, removal, limit, now) => {
  const nums = await numbersOf(tx, sql`tenant = ${removal.id}`, removal, limit)
  const why = 'its tenant was deleted'
  await deny(tx, nums, { why, reason: 'the topic is no longer published', now })
  // What waits goes with its event: that need not be dropped one by one.
  await tx.updateTable('subscriptions').set({ undelivered: 0 }).where('num', 'in', among(nums)).execute()
  return nums.length
}

export const SUBSCRIBER_DELETED = { why: 'its subscriber was deleted', reason: 'access was withdrawn' }

/** What is active: what nobody has confirmed may be another's too, and is seen to when it is marked. */
export const tellOwner: Stage = async (tx, removal, limit, now) => {
  const nums = await numbersOf(tx, sql`owner = ${removal.id}`, removal, limit)
  await denySubscriptions(tx, (eb) => eb.and([eb('num', 'in', among(nums)), eb('state', '=', 'active')]), {
    ...SUBSCRIBER_DELETED,
    now,
  })
  return nums.length
}

/** A topic that a source registered goes once it has no subscription any more. */
export const tellTopics: Stage = async (tx, { id }, limit, now) => {
  let done = 0
  while (done < limit) {
    const found = await tx
      .selectFrom('registered_topics')
      .select('topic')
      .where('source', '=', id)
      .limit(1)
      .executeTakeFirst()
    if (found === undefined) break
    const { rows } = await sql<{ num: number }>`
      select num from (
        select num from subscriptions where topic = ${found.topic} and state = 'active'
        union all
        select num from subscriptions where topic = ${found.topic} and state <> 'active' and state = 'pending')
      limit ${limit - done}`.execute(tx)
    const words = {
      why: 'the source of its topic was deleted',
      reason: 'the topic is no longer published',
      now,
    }
    await deny(
      tx,
      rows.map(({ num }) => num),
      words,
    )
    if (rows.length < limit - done) {
      await tx.deleteFrom('registered_topics').where('topic', '=', found.topic).execute()
    }
    done += rows.length + 1
  }
  return done
}

async function numbersOf(
  tx: Tx,
  which: ReturnType<typeof sql>,
  removal: Removal,
  limit: number,
): Promise<number[]> {
  const { rows } = await sql<{ num: number }>`
    select num from subscriptions where ${which} and num > ${removal.place} order by num limit ${limit}`.execute(
    tx,
  )
  removal.place = rows.at(-1)?.num ?? removal.place
  return rows.map(({ num }) => num)
}

const deny = (tx: Tx, nums: number[], words: DenialWords): Promise<void> =>
  denySubscriptions(tx, (eb) => eb('num', 'in', among(nums)), words)
