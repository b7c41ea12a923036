/** An operator has a delivery tried at once: one that was given up goes back to those that wait, and is the same. */
import type Sqlite from 'better-sqlite3'
import type { Retried } from '../../core/registry-ports.ts'
import { ALIVE } from '../alive.ts'
import { HAS_BYTES } from '../contents.ts'
import { isGone, isLeaving } from '../leaving.ts'
import { createWake } from '../enqueue.ts'

interface Found {
  subscription: number
  came_to: 'waiting' | 'delivered' | 'dead' | 'dropped'
  is_entitled: number
  is_kept: number
}

/** @returns what does it, within a commit */
export function createRetry(file: Sqlite.Database): (num: number, now: number) => Retried {
  const find = file.prepare<[object], Found>(
    `select d.subscription, came_to, ${ALIVE} and not ${isLeaving('s')} and (event > active_from or behind = 1) as is_entitled,
       ${HAS_BYTES} as is_kept
     from (
       select subscription, event, behind, 'waiting' as came_to from deliveries where num = @num
       union all select subscription, event, 0, state from history where num = @num
     ) d join subscriptions s on s.num = d.subscription join events e on e.seq = d.event
     where not ${isGone('s')}`,
  )
  const hasten = file.prepare(
    'update deliveries set due_at = 0, spent = 0, rejections = 0, begun_at = @now where num = @num',
  )
  const bringBack = file.prepare(
    `insert into deliveries (num, subscription, event, attempts, log, created_at, begun_at)
     select num, subscription, event, attempts, log, created_at, @now from history where num = @num`,
  )
  const forget = file.prepare('delete from history where num = ?')
  // Whoever asks knows that the receiver is there again, whatever it answered last.
  const openGate = file.prepare('update queues set gate_at = 0 where subscription = ? and claim is null')
  const wake = createWake(file)

  return (num, now) => {
    const row = find.get({ num, now })
    if (row === undefined) return 'unknown'
    if (row.came_to === 'delivered') return 'delivered'
    if (row.came_to === 'dropped' || row.is_entitled === 0) return 'over'
    if (row.is_kept === 0) return 'erased'
    if (row.came_to === 'waiting') hasten.run({ num, now })
    else {
      bringBack.run({ num, now })
      forget.run(num)
    }
    openGate.run(row.subscription)
    wake(row.subscription, now)
    return 'queued'
  }
}
