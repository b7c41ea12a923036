import type { Selectable } from 'kysely'
import { prefixesOverlap } from '../../core/registered-topic.ts'
import type { Registry, SourceRecord } from '../../core/registry-ports.ts'
import type { Disclosable } from '../../core/source.ts'
import { isKept, isThere } from '../leaving.ts'
import { beginRemoval } from '../removals.ts'
import type { Db, Tables, Tx } from '../tables.ts'
import { makeInTenant } from './make-in-tenant.ts'
import { ofTenant } from './of-tenant.ts'
import { pageOf } from './page.ts'

export function createSources(db: Db): Registry['sources'] {
  const sources = (of: Db | Tx) => of.selectFrom('sources').selectAll().where(isKept('sources'))
  return {
    make: ({ disclose, publish_unmapped = false, ...source }) =>
      makeInTenant(db, 'sources', source, async (tx) => {
        if (source.topic_prefix !== null && (await overlaps(tx, source.topic_prefix))) return 'overlap'
        return tx
          .insertInto('sources')
          .values({
            ...source,
            disclose: JSON.stringify(disclose),
            publish_unmapped: publish_unmapped ? 1 : 0,
          })
          .onConflict((conflict) => conflict.doNothing())
          .executeTakeFirst()
      }),

    async change(id, { disclose, publish_unmapped, ...rest }) {
      const row = await db
        .updateTable('sources')
        .set({
          ...rest,
          ...(disclose !== undefined && { disclose: JSON.stringify(disclose) }),
          ...(publish_unmapped !== undefined && { publish_unmapped: publish_unmapped ? 1 : 0 }),
        })
        .where('id', '=', id)
        .where(isKept('sources'))
        .returningAll()
        .executeTakeFirst()
      return row && view(row)
    },

    reseal: (id, sealAnew) =>
      db.transaction().execute(async (tx) => {
        const source = await sources(tx).where('id', '=', id).executeTakeFirst()
        if (source === undefined) return undefined
        const row = await tx
          .updateTable('sources')
          .set({ auth_sealed: sealAnew(source.auth_sealed) })
          .where('id', '=', id)
          .returningAll()
          .executeTakeFirstOrThrow()
        return view(row)
      }),

    async get(id) {
      const row = await sources(db).where('id', '=', id).executeTakeFirst()
      return row && view(row)
    },

    async list({ after = '', limit, tenant }) {
      const rows = await sources(db)
        .where('id', '>', after)
        .where(ofTenant(tenant))
        .orderBy('id')
        .limit(limit + 1)
        .execute()
      return pageOf(rows, limit, view)
    },

    /** What it published stays; the topics that it registered go, and their subscriptions end by denial. */
    remove: (id, now) =>
      db.transaction().execute(async (tx) => {
        if (!(await isThere(tx, 'sources', id))) return false
        await beginRemoval(tx, { kind: 'sources', id }, now)
        return true
      }),
  }
}

async function overlaps(tx: Tx, prefix: string): Promise<boolean> {
  const others = await tx
    .selectFrom('sources')
    .select('topic_prefix')
    .where('topic_prefix', 'is not', null)
    .execute()
  return others.some(({ topic_prefix }) => prefixesOverlap(prefix, topic_prefix ?? ''))
}

/** The sealed credentials stay behind, and what the store counts for itself. */
const view = (row: Selectable<Tables['sources']>): SourceRecord => ({
  id: row.id,
  tenant: row.tenant,
  provider: row.provider,
  issuer: row.issuer,
  auth_method: row.auth_method,
  disclose: JSON.parse(row.disclose) as Disclosable[],
  max_age: row.max_age,
  topic_prefix: row.topic_prefix,
  publish_unmapped: row.publish_unmapped === 1,
  created_at: row.created_at,
  last_accepted_at: row.last_accepted_at,
  last_refused_at: row.last_refused_at,
  last_refused_why: row.last_refused_why,
})
