/** A mapping's conditions in words, for `signet explain` and for the documentation. */
import type { Condition, Rule } from '../core/mapping.ts'

/** `outcome is ok, signed_in is true`; nothing for a rule that always holds. */
export function ruleInWords({ when }: Rule): string {
  return Object.entries(when)
    .map(([fact, condition]) => conditionInWords(fact, condition))
    .join(', ')
}

export function conditionInWords(fact: string, condition: Condition): string {
  if (typeof condition !== 'object') return `${fact} is ${String(condition)}`
  if ('present' in condition) return `${fact} is ${condition.present ? 'told' : 'not told'}`
  if ('matches' in condition) return `${fact} matches /${condition.matches}/`
  if ('ends_with' in condition) return `${fact} ends with ${condition.ends_with}`
  return `${fact} is ${condition.join(' or ')}`
}
