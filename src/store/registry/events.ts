import type Sqlite from 'better-sqlite3'
import type { EventRecord, Registry } from '../../core/registry-ports.ts'
import { numbered, NUMS } from '../among.ts'
import { read } from '../faults.ts'
import { isGoneEvent } from '../leaving.ts'
import type { Row } from '../tables.ts'
import { pageOfEvents } from './event-list.ts'
import { pageOfRows } from './looks.ts'

type EventRow = Omit<Row<'events'>, 'content_type' | 'body' | 'subject' | 'seq'> & { num: number }

const COLUMNS = 'seq as num, jti, tenant, source, native, category, name, txn, occurred_at, accepted_at'

/** Newest first, by `jti`. */
export function createEvents(file: Sqlite.Database): Registry['events'] {
  const find = file.prepare<[string], EventRow & { body: string; sealed: string | null }>(
    `select ${COLUMNS}, body, sealed from events left join contents on event = seq
     where jti = ? and not ${isGoneEvent('events')}`,
  )
  const topicsOf = file.prepare<[number], string>('select topic from publications where seq = ?').pluck()
  const listed = file.prepare<[object], EventRow>(`select ${COLUMNS} from events where seq in ${NUMS}`)
  return {
    get: (jti) =>
      read(() => {
        const row = find.get(jti)
        if (row === undefined) return undefined
        const { body, sealed, ...event } = row
        const kept = body !== '' || sealed !== null
        // What is under seal is nobody's to see: a registered topic's is for its subscribers, and what was not sent is
        // not known to be harmless.
        return { ...view(event), set: body === '' ? null : body, topics: topicsOf.all(row.num), kept }
      }),

    list: (page) =>
      pageOfRows(
        () => pageOfEvents(file, page),
        (nums) => listed.all(numbered(nums)),
        view,
      ),
  }
}

const view = ({ num: _num, category, name, ...event }: EventRow): EventRecord =>
  category === '' ? { ...event, category: null, name: null } : { ...event, category, name }
