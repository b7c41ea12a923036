import { type Expression, type SqlBool, sql } from 'kysely'
import { among } from './among.ts'
import { withdraw } from './denials.ts'
import type { Db, Tx } from './tables.ts'

/**
 * Ends what a subscriber has whose last token has run out, at most `limit` subscriptions in one commit. Its callbacks
 * are told. @returns whether there was such a subscriber
 */
export function endAccess(db: Db, now: number, limit: number): Promise<boolean> {
  return db.transaction().execute(async (tx) => {
    const lapsed = await tx
      .selectFrom('subscribers')
      .select('id')
      .where('lapses_at', '<=', now)
      .limit(1)
      .executeTakeFirst()
    if (lapsed === undefined) return false
    const words = { why: 'its subscriber’s token ran out', reason: 'access was withdrawn', now }
    const living = await livingOf(tx, lapsed.id, limit)
    const isAll = living.length < limit
    // What was asked for and is not verified yet goes with the last of them.
    const which = (): Expression<SqlBool> => (isAll ? sql`true` : sql`num in ${among(living)}`)
    await withdraw(tx, lapsed.id, which, words)
    if (isAll)
      await tx.updateTable('subscribers').set({ lapses_at: null }).where('id', '=', lapsed.id).execute()
    return true
  })
}

async function livingOf(tx: Tx, owner: string, limit: number): Promise<number[]> {
  const rows = await tx
    .selectFrom('subscriptions')
    .select('num')
    .where('owner', '=', owner)
    .where('state', '=', 'active')
    .limit(limit)
    .execute()
  return rows.map(({ num }) => num)
}
