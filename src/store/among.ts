/** The numbers of `@nums`, in a statement that is the same however many they are. */
export const NUMS = '(select value from json_each(@nums))'

export const numbered = (nums: readonly number[]): { nums: string } => ({ nums: JSON.stringify(nums) })
