import { type Selectable, sql } from 'kysely'
import type { MayKeep, Subscriber } from '../../core/access.ts'
import type { Registry, SubscriberRecord, TokenRotation } from '../../core/registry-ports.ts'
import { withdraw, withdrawAsked } from '../denials.ts'
import { isKept, isThere } from '../leaving.ts'
import { SUBSCRIBER_DELETED } from '../removal-denials.ts'
import { beginRemoval } from '../removals.ts'
import type { Db, Tables, Tx } from '../tables.ts'
import { makeInTenant } from './make-in-tenant.ts'
import { ofTenant } from './of-tenant.ts'
import { pageOf } from './page.ts'

export function createSubscribers(db: Db): Registry['subscribers'] {
  const subscribers = (of: Db | Tx) => of.selectFrom('subscribers').selectAll().where(isKept('subscribers'))
  return {
    make: ({ topics, expires_at = null, ...subscriber }) =>
      makeInTenant(db, 'subscribers', subscriber, (tx) =>
        tx
          .insertInto('subscribers')
          .values({
            ...subscriber,
            topics: JSON.stringify(topics),
            token_made_at: subscriber.created_at,
            expires_at,
            lapses_at: expires_at,
          })
          .onConflict((conflict) => conflict.column('id').doNothing())
          .executeTakeFirst(),
      ),

    rotate: (id, rotation) =>
      db.transaction().execute(async (tx) => {
        const before = await tx
          .selectFrom('subscribers')
          .selectAll()
          .where('id', '=', id)
          .where(isKept('subscribers'))
          .executeTakeFirst()
        if (before === undefined) return undefined
        const row = await tx
          .updateTable('subscribers')
          .set(rotated(before, rotation))
          .where('id', '=', id)
          .returningAll()
          .executeTakeFirstOrThrow()
        return view(row)
      }),

    async get(id) {
      const row = await subscribers(db).where('id', '=', id).executeTakeFirst()
      return row && view(row)
    },

    async list({ after = '', limit, tenant }) {
      const rows = await subscribers(db)
        .where('id', '>', after)
        .where(ofTenant(tenant))
        .orderBy('id')
        .limit(limit + 1)
        .execute()
      return pageOf(rows, limit, view)
    },

    change: (id, { topics, mayKeep, now }) =>
      db.transaction().execute(async (tx) => {
        const row = await tx
          .updateTable('subscribers')
          .set({ topics: JSON.stringify(topics) })
          .where('id', '=', id)
          .where(isKept('subscribers'))
          .returningAll()
          .executeTakeFirst()
        if (row === undefined) return undefined
        const { subscribe } = await tx
          .selectFrom('tenants')
          .select('subscribe')
          .where('id', '=', row.tenant)
          .executeTakeFirstOrThrow()
        // Where anyone may subscribe, a subscriber may as well.
        if (subscribe === 'token') await endUncovered(tx, view(row), mayKeep, now)
        return view(row)
      }),

    /** Its subscriptions end at once, by denial, and what it asked for but never confirmed is forgotten. */
    remove: (id, now) =>
      db.transaction().execute(async (tx) => {
        if (!(await isThere(tx, 'subscribers', id))) return false
        await beginRemoval(tx, { kind: 'subscribers', id }, now)
        await withdrawAsked(tx, id, () => sql`true`, { ...SUBSCRIBER_DELETED, now })
        return true
      }),
  }
}

/** Ends what a subscriber has or has asked for and may not read. */
export async function endUncovered(
  tx: Tx,
  subscriber: Subscriber,
  mayKeep: MayKeep,
  now: number,
): Promise<void> {
  const { id } = subscriber
  const topics = await tx
    .selectFrom('subscriptions as s')
    .leftJoin('intents as i', 'i.subscription', 's.num')
    .select('s.topic')
    .distinct()
    .where((eb) => eb.or([eb('s.owner', '=', id), eb('i.owner', '=', id)]))
    .execute()
  const lost = topics.map(({ topic }) => topic).filter((topic) => !mayKeep(subscriber, topic))
  if (lost.length === 0) return
  const words = { why: 'its subscriber may not read the topic any more', reason: 'access was withdrawn', now }
  await withdraw(tx, id, (eb) => eb('topic', 'in', lost), words)
}

type Row = Selectable<Tables['subscribers']>

function rotated(before: Row, { token_hash, now, overlapMs, expires_at }: TokenRotation): Partial<Row> {
  const lifetime = before.expires_at === null ? null : before.expires_at - before.token_made_at
  const end = expires_at === undefined ? lifetime && now + lifetime : expires_at
  const until = Math.min(now + overlapMs, before.expires_at ?? Infinity)
  const former = until > now ? until : null
  return {
    ...{ token_hash, token_made_at: now, expires_at: end },
    ...{ former_hash: former === null ? null : before.token_hash, former_until: former },
    lapses_at: end && Math.max(end, former ?? 0),
  }
}

/** The tokens' hashes stay behind. */
const view = ({ id, tenant, topics, expires_at, former_until, created_at }: Row): SubscriberRecord => ({
  ...{ id, tenant, topics: JSON.parse(topics) as string[], expires_at, former_until, created_at },
})
