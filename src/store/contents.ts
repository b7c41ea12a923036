import { sql } from 'kysely'
import type { Content, Contents } from '../core/content-ports.ts'
import { alive } from './alive.ts'
import { insertEvent, type Publisher, takeKey } from './native-events.ts'
import type { Db, Tx } from './tables.ts'

/** What is published to registered topics, for as long as somebody waits for it. */
export function createContents(db: Db): Contents {
  /** Where the next look begins; the looks go round, so that what waits long costs each of them the same. */
  let after = 0
  return {
    accept: ({ source, native, topic, key, jti, txn, contentType, sealed, now }) =>
      db.transaction().execute(async (tx) => {
        if (!(await takeKey(tx, source, key, now))) return 'duplicate'
        await insertContent(tx, source, { native, topic, jti, txn, contentType, sealed }, now)
        return 'accepted'
      }),

    async erase(limit) {
      const kept = await db
        .selectFrom('contents')
        .select('event')
        .where('event', '>', after)
        .orderBy('event')
        .limit(limit)
        .execute()
      const last = kept.at(-1)?.event ?? 0
      const { numAffectedRows } = await sql`
        delete from contents where event > ${after} and event <= ${last}
          -- What was not sent has no topic, and stays.
          and exists (select 1 from publications where seq = contents.event)
          and not exists (
            select 1 from publications where seq = contents.event and fan_out_after is not null)
          and not exists (
            select 1 from deliveries where event = contents.event and state = 'waiting')`.execute(db)
      after = kept.length < limit ? 0 : last
      return Number(numAffectedRows ?? 0)
    },
  }
}

/**
 * An event without a name, on one topic; without anyone who is subscribed, nothing.
 * @returns its place in the sequence, if it has one
 */
export async function insertContent(
  tx: Tx,
  publisher: Publisher,
  { topic, sealed, ...row }: Content,
  now: number,
): Promise<number | undefined> {
  const someone = await tx
    .selectFrom('subscriptions as s')
    .select('num')
    .where('topic', '=', topic)
    .where(alive('s', now))
    .executeTakeFirst()
  if (someone === undefined) return undefined
  const seq = await insertEvent(tx, publisher, { category: '', name: '', body: '', ...row }, now)
  await tx.insertInto('contents').values({ event: seq, sealed }).execute()
  await tx.insertInto('publications').values({ topic, seq, fan_out_after: 0 }).execute()
  return seq
}
