/** A queue's state as a row, and back. */
import type { QueueState } from '../core/queue-state.ts'

export interface StateRow {
  window: number
  quick: number
  failures: number
  failed_at: number
  failing_since: number | null
  draining: number
  gate_at: number
}

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
