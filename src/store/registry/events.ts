import { sql } from 'kysely'
import type { EventRecord, Registry } from '../../core/registry-ports.ts'
import { among } from '../among.ts'
import { isGoneEvent } from '../leaving.ts'
import type { Db } from '../tables.ts'
import { pageOfEvents } from './event-list.ts'
import { pageOfRows } from './looks.ts'

/** Newest first, by `jti`. */
export function createEvents(db: Db): Registry['events'] {
  return {
    async get(jti) {
      const row = await columns(db)
        .leftJoin('contents', 'event', 'seq')
        .select(['body as set', 'sealed'])
        .where('jti', '=', jti)
        .where(sql.raw<boolean>(`not ${isGoneEvent('events')}`))
        .executeTakeFirst()
      if (row === undefined) return undefined
      const { set, sealed, ...rest } = row
      const event = view(rest)
      const publications = await db
        .selectFrom('publications')
        .select('topic')
        .where('seq', '=', row.seq)
        .execute()
      const topics = publications.map(({ topic }) => topic)
      // What is under seal is nobody's to see: a registered topic's is for its subscribers, and what was not sent is
      // not known to be harmless.
      return { ...event, set: set === '' ? null : set, topics, kept: set !== '' || sealed !== null }
    },

    list: (page) =>
      pageOfRows(
        db,
        (one) => pageOfEvents(one, page),
        (one, nums) => columns(one).select('seq as num').where('seq', 'in', among(nums)).execute(),
        ({ num: _num, ...row }) => view(row),
      ),
  }
}

const columns = (db: Db) =>
  db
    .selectFrom('events')
    .select(['seq', 'jti', 'tenant', 'source', 'native', 'category', 'name', 'txn'])
    .select(['occurred_at', 'accepted_at'])

const view = ({
  seq,
  category,
  name,
  ...event
}: EventRecord & { seq: number; category: string; name: string }): EventRecord =>
  category === '' ? { ...event, category: null, name: null } : { ...event, category, name }
