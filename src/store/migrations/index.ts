/** All migrations, listed by hand in the order in which they run. */
import type { Migration } from 'kysely/migration'
import * as first from './0001-first.ts'

export const migrations: Record<string, Migration> = {
  '0001-first': first,
}
