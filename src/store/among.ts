import { type RawBuilder, sql } from 'kysely'

/** The numbers of `@nums`, in a statement that is the same however many they are. */
export const NUMS = '(select value from json_each(@nums))'

export const numbered = (nums: readonly number[]): { nums: string } => ({ nums: JSON.stringify(nums) })

/** Any values, in a query that is built. */
export const among = <V extends number | string>(values: readonly V[]): RawBuilder<V> =>
  sql`(select value from json_each(${JSON.stringify(values)}))`
