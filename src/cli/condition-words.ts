/** A mapping's conditions in words, for `signet explain` and for the documentation. */
import type { Condition } from '../core/mapping.ts'

/** `outcome is ok, signed_in is true`; nothing for what always holds. */
export function conditionsInWords({ when = {} }: { when?: Readonly<Record<string, Condition>> }): string {
  return Object.entries(when)
    .map(([fact, condition]) => conditionInWords(fact, condition))
    .join(', ')
}

export function conditionInWords(fact: string, condition: Condition): string {
  if (typeof condition !== 'object') return `${fact} is ${String(condition)}`
  if ('matches' in condition) return `${fact} matches /${new RegExp(condition.matches, 'u').source}/`
  return `${fact} is ${condition.join(' or ')}`
}
