import type { RemovalKind } from '../core/store-ports.ts'
import type { Tx } from './tables.ts'

/** Where a removal stands. `place` is the stage's own, and 0 when it begins. */
export interface Removal {
  num: number
  kind: RemovalKind
  id: string
  stage: number
  place: number
  subscription: number | null
}

/** @returns how many rows it has done with; fewer than `limit`: it is over */
export type Stage = (tx: Tx, removal: Removal, limit: number, now: number) => Promise<number>
