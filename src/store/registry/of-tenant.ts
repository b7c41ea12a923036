import { sql } from 'kysely'

/** Rows of this tenant, or all when none is asked for. */
export const ofTenant = (tenant: string | undefined) =>
  tenant === undefined ? sql<boolean>`true` : sql<boolean>`tenant = ${tenant}`
