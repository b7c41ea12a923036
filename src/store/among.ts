import { type RawBuilder, sql } from 'kysely'

/** These numbers, in a statement that is the same however many they are. */
export const among = (nums: readonly number[]): RawBuilder<number> =>
  sql<number>`(select value from json_each(${JSON.stringify(nums)}))`
