/**
 * Deleting: what goes is marked at once, with a row of `removals`, and removed in small commits. Each kind has its
 * stages; where a removal stands is written with what it did, so that the next step goes on there, after a restart too.
 */
import { sql } from 'kysely'
import type { RemovalKind, Removals } from '../core/store-ports.ts'
import type { Removal, Stage } from './removal-stage.ts'
import { eventsOf, rowsOf, subscriptionsOf, theSubscription } from './removal-rows.ts'
import { tellOwner, tellTenant, tellTopics } from './removal-denials.ts'
import type { Db, Tx } from './tables.ts'

/** Rows that are removed with the answer to whoever deletes: most have no more. */
const AT_ONCE = 500

const ofTenant = (id: string) => sql`source in (select id from sources where tenant = ${id})`
const ofSource = (id: string) => sql`source = ${id}`
const inTenant = (id: string) => sql`tenant = ${id}`
const itself = (id: string) => sql`id = ${id}`

const STAGES: Record<RemovalKind, readonly Stage[]> = {
  tenants: [
    tellTenant,
    eventsOf,
    rowsOf('native_events', 'source, key', ofTenant),
    rowsOf('user_memories', 'num', ofTenant),
    rowsOf('registered_topics', 'topic', ofTenant),
    subscriptionsOf,
    rowsOf('sources', 'id', inTenant),
    rowsOf('subscribers', 'id', inTenant),
    rowsOf('webhooks', 'id', inTenant),
    rowsOf('tenants', 'id', itself),
  ],
  sources: [
    tellTopics,
    rowsOf('native_events', 'source, key', ofSource),
    rowsOf('user_memories', 'num', ofSource),
    rowsOf('sources', 'id', itself),
  ],
  subscribers: [tellOwner, rowsOf('subscribers', 'id', itself)],
  subscriptions: [theSubscription],
}

type Mark = Pick<Removal, 'kind' | 'id'> & { subscription?: number }

/** Marks it, within the commit of whoever deletes it, and removes as much as is soon done. */
export async function beginRemoval(tx: Tx, { kind, id, subscription }: Mark, now: number): Promise<void> {
  const removal = await tx
    .insertInto('removals')
    .values({
      ...{ kind, id, created_at: now },
      tenant: kind === 'tenants' ? id : null,
      source: kind === 'sources' ? id : null,
      owner: kind === 'subscribers' ? id : null,
      subscription: subscription ?? null,
    })
    .returning(['num', 'kind', 'id', 'stage', 'place', 'subscription'])
    .executeTakeFirstOrThrow()
  await goOn(tx, removal, AT_ONCE, now)
}

export function createRemovals(db: Db): Removals {
  /** The one before: each has its turn, however large another is. */
  let after = 0
  return {
    next: (limit, now) =>
      db.transaction().execute(async (tx) => {
        const removals = tx
          .selectFrom('removals')
          .select(['num', 'kind', 'id', 'stage', 'place', 'subscription'])
          .orderBy('num')
          .limit(1)
        const removal =
          (await removals.where('num', '>', after).executeTakeFirst()) ?? (await removals.executeTakeFirst())
        if (removal === undefined) return undefined
        after = removal.num
        const isOver = await goOn(tx, removal, limit, now)
        return { kind: removal.kind, id: removal.id, isOver }
      }),
  }
}

/** @returns whether nothing is left of it */
async function goOn(tx: Tx, removal: Removal, limit: number, now: number): Promise<boolean> {
  const stages = STAGES[removal.kind]
  let left = limit
  for (let stage = stages[removal.stage]; stage !== undefined; stage = stages[removal.stage]) {
    if (left <= 0) {
      const { stage: at, place } = removal
      await tx.updateTable('removals').set({ stage: at, place }).where('num', '=', removal.num).execute()
      return false
    }
    const done = await stage(tx, removal, left, now)
    if (done < left) {
      removal.stage += 1
      removal.place = 0
    }
    left -= done
  }
  await tx.deleteFrom('removals').where('num', '=', removal.num).execute()
  return true
}
