import type Sqlite from 'better-sqlite3'
import type { Row } from './tables.ts'

/** Where a removal stands. `place` is the stage's own, and 0 when it begins. */
export type Removal = Row<'removals'>

/** Within a commit. @returns how many rows it has done with; fewer than `limit`: it is over */
export type Stage = (file: Sqlite.Database, removal: Removal, limit: number, now: number) => number
