/** A turn of a queue: what has ended is recorded, and the next is handed out. */
import type Sqlite from 'better-sqlite3'
import type { ClaimedQueue, Receipt, Receiver, Sendable, Turn, TurnTaken } from '../core/delivery-ports.ts'
import { ALIVE, OF_WEBHOOK } from './alive.ts'
import { isLeaving } from './leaving.ts'
import { createQueueRenewal, SET_STATE, stateRow } from './queue-state.ts'
import { createDeliverySettling } from './delivery-settling.ts'

/** Whether anything may go out, and whom to. */
interface QueueRow {
  claim: string | null
  claimed_until: number | null
  failing_since: number | null
  last_success_at: number | null
  active_from: number
  is_alive: number
  /** 1: what it must no longer get may be among what waits. */
  undelivered: number
  paused: number
  id: string
  topic: string
  callback: string
  host: string
  secret_sealed: string | null
  webhook: string | null
  format: string | null
  headers_sealed: string | null
}

interface DeliveryRow {
  num: number
  attempts: number
  spent: number
  rejections: number
  content_type: string
  body: string
  jti: string
  sealed: string | null
  /** When it fell due, or its event was accepted. */
  since: number
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
  const waiting = file.prepare<[object], DeliveryRow>(
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
  const earliest = file.prepare<[object], { due: number | null }>(
    `select min(due) as due from (
       select min(due_at) as due from deliveries where subscription = @queue and behind = 0
       union all select min(due_at) from deliveries where subscription = @queue and behind = 1)`,
  )
  const release = file.prepare(
    'update queues set claim = null, claimed_until = null, ready_at = @readyAt where subscription = @queue',
  )

  /** A receiver that does well changes nothing but a time, which need not be exact. */
  function keep(queue: number, row: QueueRow, { settled, state, changed, now, until }: Turn): void {
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

  /** New ones first, but for the share of those that were tried before; replays when there is nothing else. */
  function takeNext(queue: number, row: QueueRow, { take, takeRetries, underWay, now }: Turn): DeliveryRow[] {
    const taken: DeliveryRow[] = []
    const takeOf = (behind: number, from: number, to: number, upTo: number): void => {
      const most = Math.min(upTo, take - taken.length)
      if (most <= 0) return
      const seen = new Set([...underWay, ...taken.map(({ num }) => String(num))])
      // What is replayed was asked for in this life, and may be from before it: once nothing of a former one is left.
      const activeFrom = behind === 1 && row.undelivered === 0 ? -1 : row.active_from
      const of = { queue, behind, from, to, activeFrom, limit: most + seen.size }
      taken.push(
        ...waiting
          .all(of)
          .filter(({ num }) => !seen.has(String(num)))
          .slice(0, most),
      )
    }
    takeOf(0, 1, now, takeRetries)
    // Those that were not tried yet are due at 0.
    takeOf(0, 0, now, take)
    takeOf(1, 0, now, take)
    return taken
  }

  /** Behind those that have waited longer by now. */
  function readyAt(queue: number, { state, take, now }: Turn): number | null {
    const due = earliest.get({ queue })?.due ?? null
    if (due === null) return null
    const isHeldBack = due <= now && take > 0
    return Math.max(state.gateAt, due, isHeldBack ? now + LATER_MS : now)
  }

  return ({ id, claim, activeFrom }, turn) => {
    const queue = Number(id)
    const before = find.get({ queue, now: turn.now })
    const life = before?.is_alive === 1 ? before : null
    const dropped = turn.settled.filter((each) => settle(each, life)).length
    const told = dropped > 0 && { dropped }
    // A callback that has just said that it is gone gets nothing more.
    const ended = turn.settled.some(({ settlement }) => 'endSubscription' in settlement)
    const row = ended ? find.get({ queue, now: turn.now }) : before
    if (row?.claim !== claim) return { deliveries: [], over: true, ...told }

    const isOpen = row.is_alive === 1 && row.paused === 0
    if (row.active_from !== activeFrom) {
      const over = turn.underWay.length === 0
      if (over) renewQueue(queue, claim, isOpen ? turn.now : null)
      return { deliveries: [], over, ...told }
    }
    keep(queue, row, turn)
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
