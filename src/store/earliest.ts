import type { RawBuilder } from 'kysely'
import type { Db } from './tables.ts'

/** The earliest time of what waits; undefined when nothing does. @param query selects it as `due` */
export async function earliest(
  db: Db,
  query: RawBuilder<{ due: number | null }>,
): Promise<number | undefined> {
  const { rows } = await query.execute(db)
  return rows[0]?.due ?? undefined
}
