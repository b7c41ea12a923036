/** A turn of a queue: what has ended is recorded, and the next is handed out. */
import type Sqlite from 'better-sqlite3'
import type { ClaimedQueue, Receipt, Receiver, Sendable, Turn, TurnTaken } from '../core/delivery-ports.ts'
import { ALIVE, OF_WEBHOOK } from './alive.ts'
import { isLeaving } from './leaving.ts'
import { createDeliverySettling } from './delivery-settling.ts'
import { createQueueRenewal, SET_STATE, stateRow } from './queue-state.ts'
import type { Row } from './tables.ts'

/** Whether anything may go out, and whom to. */
interface QueueRow
  extends
    Pick<Row<'queues'>, 'claim' | 'claimed_until' | 'failing_since' | 'last_success_at'>,
    Pick<Row<'subscriptions'>, 'id' | 'topic' | 'callback' | 'host' | 'secret_sealed'>,
    Pick<Row<'subscriptions'>, 'paused' | 'undelivered'> {
  active_from: number
  is_alive: number
  /** Its id; null where it is no webhook's. */
  webhook: string | null
  format: string | null
  headers_sealed: string | null
}

interface DeliveryRow
  extends
    Pick<Row<'deliveries'>, 'num' | 'attempts' | 'spent' | 'rejections'>,
    Pick<Row<'events'>, 'content_type' | 'body' | 'jti'> {
  sealed: string | null
  /** When it fell due, or its event was accepted. */
  since: number
}

/** What may be handed out, by when it falls due; what was not tried yet is due at 0. */
interface Range {
  /** 1: replays. */
  behind: 0 | 1
  from: number
  to: number
}

/** The last success is noted again after this long. */
const NOTED_MS = 1_000

/** A claim that has this much of its time left is not renewed; whoever renews it with half left is in time. */
const RENEWED_BELOW = 3 / 4

/**
 * What was to be tried later comes back with its receiver, so many at the most: while it failed it was probed only, and
 * not many can have failed. More of them are of a receiver that failed now and then, and keep their times.
 */
const COME_BACK = 1_000

/** What is due and was not handed out (it is of a former life) is looked at again after this long. */
const LATER_MS = 500

/** @returns a turn; to be called within a commit */
export function createTurns(
  file: Sqlite.Database,
): (queue: Pick<ClaimedQueue, 'id' | 'claim' | 'activeFrom'>, turn: Turn) => TurnTaken {
  const settle = createDeliverySettling(file)
  const renewQueue = createQueueRenewal(file)
  const find = file.prepare<[object], QueueRow>(
    `select q.claim, q.claimed_until, q.failing_since, q.last_success_at, s.active_from, s.paused, s.undelivered,
       ${ALIVE} and not ${isLeaving('s')} as is_alive,
       s.id, s.topic, s.callback, s.host, s.secret_sealed, w.id as webhook, w.format, w.headers_sealed
     from queues q join subscriptions s on s.num = q.subscription left join webhooks w on ${OF_WEBHOOK}
     where q.subscription = @queue`,
  )
  const due = file.prepare<[object], DeliveryRow>(
    `select d.num, d.attempts, d.spent, d.rejections, e.content_type, e.body, e.jti, c.sealed,
       case when d.due_at > 0 then d.due_at when d.behind = 1 then d.created_at
         else coalesce(d.begun_at, e.accepted_at) end as since
     from deliveries d join events e on e.seq = d.event left join contents c on c.event = d.event
     where d.subscription = @queue and d.behind = @behind and d.due_at between @from and @to and d.event > @activeFrom
     order by d.due_at, d.num limit @limit`,
  )
  const comeBack = file.prepare(
    `update deliveries set due_at = @now where num in (
       select num from deliveries where subscription = @queue and behind = 0 and due_at > @now
       order by due_at limit ${COME_BACK})`,
  )
  const save = file.prepare(
    `update queues set claimed_until = @until, ${SET_STATE},
       last_success_at = coalesce(@success, last_success_at), last_failure_at = coalesce(@failure, last_failure_at),
       last_failure = coalesce(@failureWhy, last_failure)
     where subscription = @queue`,
  )
  const earliest = file.prepare<[object], { due_at: number | null }>(
    `select min(due_at) as due_at from (
       select min(due_at) as due_at from deliveries where subscription = @queue and behind = 0
       union all select min(due_at) from deliveries where subscription = @queue and behind = 1)`,
  )
  const release = file.prepare(
    'update queues set claim = null, claimed_until = null, ready_at = @readyAt where subscription = @queue',
  )

  /** How its receiver does; one that does well changes nothing but a time, which need not be exact. */
  function note(queue: number, row: QueueRow, { settled, state, changed, now, until }: Turn): void {
    const success = settled.findLast(({ receipt }) => receipt.outcome === 'delivered')?.receipt
    const failure = settled.findLast(({ receipt }) => receipt.outcome !== 'delivered')?.receipt
    const isNews =
      changed ||
      failure !== undefined ||
      (success !== undefined && success.at - (row.last_success_at ?? 0) >= NOTED_MS) ||
      (row.claimed_until ?? 0) - now < (until - now) * RENEWED_BELOW
    if (!isNews) return
    save.run({
      ...stateRow(state),
      ...{ queue, until, success: success?.at ?? null, failure: failure?.at ?? null },
      failureWhy: failure === undefined ? null : inWords(failure),
    })
  }

  /** Those that were tried before have their share, then come new ones; replays when there is nothing else. */
  function takeNext(queue: number, row: QueueRow, { take, takeRetries, underWay, now }: Turn): DeliveryRow[] {
    const taken: DeliveryRow[] = []
    const takeOf = (range: Range, atMost: number): void => {
      const most = Math.min(atMost, take - taken.length)
      if (most <= 0) return
      const seen = new Set([...underWay, ...taken.map(({ num }) => String(num))])
      // What is replayed was asked for in this life, and may be from before it: once nothing of a former one is left.
      const activeFrom = range.behind === 1 && row.undelivered === 0 ? -1 : row.active_from
      const found = due.all({ queue, ...range, activeFrom, limit: most + seen.size })
      taken.push(...found.filter(({ num }) => !seen.has(String(num))).slice(0, most))
    }
    takeOf({ behind: 0, from: 1, to: now }, takeRetries)
    takeOf({ behind: 0, from: 0, to: now }, take)
    takeOf({ behind: 1, from: 0, to: now }, take)
    return taken
  }

  /** When the queue has something to send, behind those that have waited longer by now; null: nothing waits. */
  function readyAt(queue: number, { state, take, now }: Turn): number | null {
    const dueAt = earliest.get({ queue })?.due_at ?? null
    if (dueAt === null) return null
    const isHeldBack = dueAt <= now && take > 0
    return Math.max(state.gateAt, dueAt, isHeldBack ? now + LATER_MS : now)
  }

  return ({ id, claim, activeFrom }, turn) => {
    const queue = Number(id)
    const before = find.get({ queue, now: turn.now })
    const life = before?.is_alive === 1 ? before : null
    const dropped = turn.settled.filter((each) => settle(each, life)).length
    const told = dropped > 0 && { dropped }
    // A callback that has just said that it is gone gets nothing more: what was found is no longer so.
    const ended = turn.settled.some(({ settlement }) => 'endSubscription' in settlement)
    const row = ended ? find.get({ queue, now: turn.now }) : before
    if (row?.claim !== claim) return { deliveries: [], over: true, ...told }

    const isOpen = row.is_alive === 1 && row.paused === 0
    if (row.active_from !== activeFrom) {
      const over = turn.underWay.length === 0
      if (over) renewQueue(queue, claim, isOpen ? turn.now : null)
      return { deliveries: [], over, ...told }
    }
    note(queue, row, turn)
    // What was to be tried hours later is tried now: the receiver is back.
    if (row.failing_since !== null && turn.state.failingSince === null) comeBack.run({ queue, now: turn.now })
    const taken = isOpen && turn.take > 0 ? takeNext(queue, row, turn) : []
    const over = taken.length === 0 && turn.underWay.length === 0
    if (over) release.run({ queue, readyAt: isOpen ? readyAt(queue, turn) : null })
    return { deliveries: taken.map((delivery) => sendable(delivery, receiverOf(row))), over, ...told }
  }
}

const inWords = ({ outcome, status }: Receipt): string =>
  status === undefined ? outcome : `${outcome} (${status})`

const receiverOf = (row: QueueRow): Receiver => ({
  subscription: row.id,
  topic: row.topic,
  callback: row.callback,
  host: row.host,
  ...(row.secret_sealed !== null && { secretSealed: row.secret_sealed }),
  ...(row.webhook !== null && {
    webhook: {
      id: row.webhook,
      format: row.format === 'json' ? 'json' : 'jwt',
      ...(row.headers_sealed !== null && { headersSealed: row.headers_sealed }),
    },
  }),
})

const sendable = (row: DeliveryRow, receiver: Receiver): Sendable => ({
  id: String(row.num),
  receiver,
  contentType: row.content_type,
  body: row.sealed === null ? row.body : { sealed: row.sealed, jti: row.jti },
  attempts: row.attempts,
  waitingSince: row.since,
  spent: row.spent,
  rejections: row.rejections,
})
