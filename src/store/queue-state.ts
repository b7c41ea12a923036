/** A queue's state as a row, and back. */
import type Sqlite from 'better-sqlite3'
import { NEW_QUEUE, type QueueState } from '../core/queue-state.ts'
import type { Row } from './tables.ts'

type StateRow = Pick<
  Row<'queues'>,
  'window' | 'quick' | 'failures' | 'failed_at' | 'failing_since' | 'draining' | 'gate_at'
>

export const queueState = (row: StateRow): QueueState => ({
  window: row.window,
  quick: row.quick === 1,
  failures: row.failures,
  failedAt: row.failed_at,
  failingSince: row.failing_since,
  draining: row.draining === 1,
  gateAt: row.gate_at,
})

export const stateRow = (state: QueueState): StateRow => ({
  window: state.window,
  quick: Number(state.quick),
  failures: state.failures,
  failed_at: state.failedAt,
  failing_since: state.failingSince,
  draining: Number(state.draining),
  gate_at: state.gateAt,
})

/** What `stateRow` says, in an update of `queues`. */
export const SET_STATE = `window = @window, quick = @quick, failures = @failures, failed_at = @failed_at,
  failing_since = @failing_since, draining = @draining, gate_at = @gate_at`

/**
 * @returns what makes a queue as new, within a commit, for a new life of its subscription: what its receiver wished, and
 * how it failed, is of the former one. It does so under this claim (null: where nobody holds it), which ends.
 */
export function createQueueRenewal(
  file: Sqlite.Database,
): (queue: number, claim: string | null, readyAt: number | null) => void {
  const renew = file.prepare(
    `update queues set ${SET_STATE}, ready_at = @readyAt, claim = null, claimed_until = null
     where subscription = @queue and claim is @claim`,
  )
  return (queue, claim, readyAt) => void renew.run({ ...stateRow(NEW_QUEUE), queue, claim, readyAt })
}
