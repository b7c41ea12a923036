/** What came of attempts: a delivery waits on, or goes to the history. */
import type Sqlite from 'better-sqlite3'
import type { Receipt, Settled, Settlement } from '../core/delivery-ports.ts'
import { logLine } from './attempt-log.ts'

/** The life of the subscription that is entitled to what is accepted behind `active_from`; null: there is none now. */
type Life = { active_from: number } | null

/**
 * @returns what records an attempt, to be called within a commit; it tells whether there is no other because the
 * subscription ended
 */
export function createDeliverySettling(file: Sqlite.Database): (settled: Settled, life: Life) => boolean {
  const record = file.prepare(
    `insert into history (num, subscription, event, state, attempts, log, created_at, settled_at)
     select num, subscription, event, @state, attempts + 1, log || @line, created_at, @at from deliveries
     where num = @num`,
  )
  // Under way while its claim had lapsed, it was dropped or given up by someone who could not know.
  const recordLate = file.prepare(
    `update history set state = 'delivered', attempts = attempts + 1, log = log || @line, settled_at = @at
     where num = @num and state <> 'delivered'`,
  )
  const remove = file.prepare('delete from deliveries where num = ?')
  const postpone = file.prepare(
    `update deliveries set attempts = attempts + 1, spent = spent + 1, rejections = @rejections, due_at = @dueAt,
       log = log || @line
     where num = @num and (event > @activeFrom or behind = 1)`,
  )
  // By an operator, while this attempt was under way and nobody knew what would come of it.
  const askedFor = file.prepare('select 1 from deliveries where num = @num and begun_at > @at')
  // A callback that has agreed since is not gone. What was replayed was asked for in the life that there is now.
  const end = file.prepare(
    `update subscriptions set state = 'ended', ended_why = @why, undelivered = 1
     where state = 'active' and num = (
       select d.subscription from deliveries d
       where d.num = @num and (d.event > active_from or d.behind = 1 and undelivered = 0))`,
  )

  function nextAttempt(
    num: number,
    settlement: Settlement,
    { at, ms }: Receipt,
  ): { dueAt: number; rejections: number } | undefined {
    if (settlement.state === 'delivered' || 'endSubscription' in settlement) return undefined
    if (askedFor.get({ num, at }) !== undefined) return { dueAt: at + ms, rejections: 0 }
    return settlement.state === 'waiting' ? settlement : undefined
  }

  return ({ id, settlement, receipt }, life) => {
    const num = Number(id)
    const line = logLine(receipt)
    const next = nextAttempt(num, settlement, receipt)
    if (next !== undefined && life !== null) {
      const { dueAt, rejections } = next
      if (postpone.run({ num, rejections, dueAt, activeFrom: life.active_from, line }).changes > 0)
        return false
    }
    // A subscription that ended during the attempt gets no other.
    const state = settlement.state === 'waiting' ? 'dropped' : settlement.state
    const { changes } = record.run({ num, state, line, at: receipt.at + receipt.ms })
    if (changes === 0) {
      // Settled by another holder of the queue, or removed meanwhile.
      if (state === 'delivered') recordLate.run({ num, line, at: receipt.at + receipt.ms })
      return false
    }
    if ('endSubscription' in settlement) end.run({ num, why: settlement.endSubscription })
    remove.run(num)
    return state === 'dropped'
  }
}
