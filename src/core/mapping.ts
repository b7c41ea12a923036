/**
 * How a provider's native events become catalogue events. The rules are data
 * (`schema/providers/<name>.json`, checked when the catalogue is loaded); this file is what they mean.
 */
import type { CatalogueEvent } from './event.ts'
import type { Reading } from './reading.ts'

export type Fact = Reading['facts'][string]

/** A test of one fact: equality, membership, or a look at its text. */
export type Condition = Fact | readonly Fact[] | { readonly matches: string }

/** One catalogue event that a rule yields, with the claims that are the same whatever the payload says. */
export interface Emission {
  readonly event: CatalogueEvent
  /** Must hold too, of the payload's facts and of what changed since the user was last told of. */
  readonly when?: Readonly<Record<string, Condition>>
  readonly claims: Readonly<Record<string, unknown>>
}

export interface Rule {
  /** All must hold; a rule without conditions always does. */
  readonly when: Readonly<Record<string, Condition>>
  readonly emit: readonly Emission[]
  /** What becomes of what is remembered of the user: made anew, brought up to date, erased. */
  readonly memory?: 'begin' | 'keep' | 'end'
}

export interface NativeMapping {
  readonly native: string
  /** For the documentation: what the provider really does. */
  readonly note?: string
  /** The fixed sentence that `reason_admin` says (CAEP §2). */
  readonly reason?: string
  readonly rules: readonly Rule[]
  /** The provider tells of the same user now with an id, now by name alone: both are remembered. */
  readonly byName?: boolean
}

export interface ProviderMapping {
  readonly provider: string
  readonly note?: string
  /** By native name. A map, since an object would also answer to `constructor`. */
  readonly events: ReadonlyMap<string, NativeMapping>
}

/** The rule that decides: the first whose conditions all hold. None is an answer too: nothing is said. */
export function decidingRule(mapping: NativeMapping, facts: Reading['facts']): Rule | undefined {
  return mapping.rules.find(({ when }) => allHold(when, facts))
}

export function allHold(when: Readonly<Record<string, Condition>>, facts: Reading['facts']): boolean {
  return Object.entries(when).every(([name, condition]) => holds(condition, facts[name]))
}

export function holds(condition: Condition, fact: Fact | undefined): boolean {
  if (typeof condition !== 'object') return fact === condition
  if (fact === undefined) return false
  if ('matches' in condition) return new RegExp(condition.matches, 'u').test(String(fact))
  return condition.includes(fact)
}
