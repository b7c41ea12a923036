/**
 * Events that a subscription is to get once more. A replay is a row with a place among the events' ages, and makes a
 * few deliveries at a time, behind whatever else the subscription gets, while few of those before them wait.
 */
import { setImmediate } from 'node:timers/promises'
import type Sqlite from 'better-sqlite3'
import type { Replays } from '../core/delivery-ports.ts'
import { ALIVE } from './alive.ts'
import type { Commits } from './commits.ts'
import { HAS_BYTES } from './contents.ts'
import { createEnqueue } from './enqueue.ts'
import { read } from './faults.ts'
import { isGone, isLeaving } from './leaving.ts'
import type { Row } from './tables.ts'

interface Due extends Row<'replays'> {
  id: string
  topic: string
  /** Its subscription has ended, or is about to. */
  is_over: number
  /** Nothing is to be added now. */
  rests: number
}

type Place = Pick<Row<'replays'>, 'at' | 'seq'>

/** Events looked at in one go. */
const LOOK = 500

/** Replayed deliveries of a subscription that wait, at the most. */
const PILE = 50

/** So many at once, with so much time between two of them on average: a hundred a second. */
const AT_ONCE = 10
const EACH_MS = 10

/** One that rests is looked at again after this long. */
const REST_MS = 500

/** Replays that go on in one commit. */
const TOGETHER = 20

export function createReplays(commits: Commits, file: Sqlite.Database): Replays {
  const find = file.prepare<[object], { num: number; topic: string; is_active: number }>(
    `select num, topic, ${ALIVE} and paused = 0 and not ${isLeaving('s')} as is_active from subscriptions s
     where id = @id and not ${isGone('s')}`,
  )
  const newest = file.prepare<[], { seq: number | null }>('select max(seq) as seq from events')
  const look = file.prepare<[object], Place & { is_of_topic: number }>(
    `select accepted_at as at, seq, exists (select 1 from publications p where p.topic = @topic and p.seq = e.seq)
       and ${HAS_BYTES} as is_of_topic
     from events e
     where (accepted_at, seq) > (@at, @seq) and accepted_at < @until
     order by accepted_at, seq limit ${LOOK}`,
  )
  const insert = file.prepare(
    `insert into replays (subscription, until, up_to, at, seq, due_at, created_at)
     select num, @until, @upTo, @at, @seq, @now, @now from subscriptions
     where num = @subscription and ${ALIVE} and paused = 0`,
  )
  // The oldest of each subscription alone: several together would be faster than a hundred a second.
  const due = file.prepare<[object], Due>(
    `select r.*, s.id, s.topic,
       not ${ALIVE} or ${isLeaving('s')} as is_over,
       -- What is left of a former life is dropped before anything is added to it.
       s.paused = 1 or s.undelivered = 1 or (
         select count(*) from (
           select 1 from deliveries where subscription = s.num and behind = 1 limit ${PILE})
       ) = ${PILE} as rests
     from replays r join subscriptions s on s.num = r.subscription
     where r.due_at <= @now and not exists (
       select 1 from replays where subscription = r.subscription and num < r.num)
     order by r.due_at, r.num limit ${TOGETHER}`,
  )
  const nextDue = file.prepare<[], { due: number | null }>('select min(due_at) as due from replays')
  const move = file.prepare(
    'update replays set at = @at, seq = @seq, due_at = @dueAt, made = made + @made where num = @num',
  )
  const end = file.prepare<[number], { made: number }>('delete from replays where num = ? returning made')
  const enqueue = createEnqueue(file)

  /** @returns whether it is at its end */
  function goOn(replay: Due, now: number): boolean {
    if (replay.is_over === 1) return true
    const { num, subscription } = replay
    if (replay.rests === 1) {
      move.run({ num, at: replay.at, seq: replay.seq, dueAt: now + REST_MS, made: 0 })
      return false
    }
    const looked = look.all(replay)
    let last: Place = replay
    let made = 0
    for (const event of looked) {
      if (made === AT_ONCE) break
      last = event
      if (event.is_of_topic === 0 || event.seq > replay.up_to) continue
      enqueue(subscription, { event: event.seq, dueAt: 0, behind: true }, now)
      made += 1
    }
    move.run({ num, at: last.at, seq: last.seq, dueAt: now + made * EACH_MS, made })
    return last === (looked.at(-1) ?? replay) && looked.length < LOOK
  }

  /** How many events of the topic are in the range, in looks, between which everyone else has a turn: it may be all. */
  async function count(range: Place & { topic: string; until: number }, upTo: number): Promise<number> {
    let n = 0
    for (;;) {
      const from = range
      const looked = await read(() => look.all(from))
      n += looked.filter(({ is_of_topic, seq }) => is_of_topic === 1 && seq <= upTo).length
      const last = looked.at(-1)
      if (looked.length < LOOK || last === undefined) return n
      range = { ...range, at: last.at, seq: last.seq }
      await setImmediate()
    }
  }

  return {
    async begin(id, { since, until }, now) {
      const found = await read(() => find.get({ id, now }))
      if (found?.is_active !== 1) return found === undefined ? 'unknown' : 'inactive'
      const { num: subscription, topic } = found
      const upTo = (await read(() => newest.get()))?.seq ?? 0
      const place = { at: since, seq: -1 }
      const replayed = await count({ topic, until, ...place }, upTo)
      if (replayed === 0) return { replayed }
      const begun = await commits.durable(() => insert.run({ subscription, until, upTo, ...place, now }))
      return begun.changes === 0 ? 'inactive' : { replayed }
    },

    next: (now) =>
      commits.swift(() => {
        const chunks = due.all({ now }).map((replay) => {
          const isOver = goOn(replay, now)
          const made = isOver ? end.get(replay.num)?.made : undefined
          return { subscription: replay.id, ...(made !== undefined && { made }) }
        })
        const at = nextDue.get()?.due ?? undefined
        return { chunks, ...(at !== undefined && { nextDue: at }) }
      }),
  }
}
