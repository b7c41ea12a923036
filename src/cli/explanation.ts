/** What a native event would become, and why: the hub's own decisions, each with its grounds. */
import type { EventDraft, SubjectId } from '../core/event.ts'
import {
  decidingRule,
  holds,
  type Condition,
  type Fact,
  type NativeMapping,
  type Rule,
} from '../core/mapping.ts'
import type { Catalogue } from '../core/ports.ts'
import type { NativeEvent, Reading } from '../core/reading.ts'
import { DISCLOSABLE, type Disclosable, type Source } from '../core/source.ts'
import { draftStated } from '../core/stated.ts'
import { topicsCarrying } from '../core/topic.ts'
import { translate } from '../core/translate.ts'
import { conditionInWords, conditionsInWords } from './condition-words.ts'

export interface Explanation {
  provider: string
  native: string
  /** When it happened, as ISO 8601, if the provider told. */
  occurred_at?: string
  /** `nothing`: it has its place, but no rule's conditions hold. */
  outcome: 'events' | 'test' | 'unmapped' | 'nothing'
  /** What there is to know of this native event. */
  note?: string
  readings: ExplainedReading[]
}

/** One of the occasions that a native event tells of: a bulk operation has several. */
export interface ExplainedReading {
  facts: Record<string, Fact>
  /** In order, up to the one that decided; all of them when none did. */
  rules: ExplainedRule[]
  /** How many rules there are. */
  of: number
  /** Personal fields that were told and do not pass, since the source does not disclose them. */
  withheld: Disclosable[]
  events: ExplainedEvent[]
  /** Events that would follow too, on what a running hub remembers of the user. */
  remembered: { event: string; condition: string }[]
}

export interface ExplainedRule {
  decided: boolean
  conditions: { condition: string; holds: boolean }[]
}

export interface ExplainedEvent {
  event: string
  meaning: string
  uri: string
  sub_id: SubjectId
  toe?: number
  topics: string[]
  claims: Record<string, unknown>
  /** What does not fit the event's schema: a fault of the hub, which would not send it. */
  faults?: string[]
}

/** What the explanation is made with: a source that need not exist, at a hub that need not run. */
interface Setting {
  source: Source
  /** The hub's public base URL. */
  url: string
  catalogue: Catalogue
}

/** The hub's key is not at hand here, and must not be: what it would hash is only marked. */
const fingerprint = (): string => '<keyed hash>'

export function explanation(native: NativeEvent, setting: Setting): Explanation {
  const { source, catalogue } = setting
  const mapping = catalogue.mapping(source.provider)?.events.get(native.name)
  const read = native.test === true ? [] : native.readings
  const readings = [
    ...statement(native, setting),
    ...read.map((one) => reading(one, native, mapping, setting)),
  ]
  return {
    provider: source.provider,
    native: native.name,
    ...(native.occurredAt !== undefined && {
      occurred_at: new Date(native.occurredAt * 1000).toISOString(),
    }),
    outcome: outcome(native, mapping, readings),
    ...(mapping?.note !== undefined && { note: mapping.note }),
    readings,
  }
}

/** In the order in which publishing asks. */
function outcome(
  native: NativeEvent,
  mapping: NativeMapping | undefined,
  readings: ExplainedReading[],
): Explanation['outcome'] {
  if (native.test === true) return 'test'
  if (readings.some(({ events }) => events.length > 0)) return 'events'
  return mapping === undefined && native.stated === undefined ? 'unmapped' : 'nothing'
}

/** What is stated in the catalogue's own words is taken as it is: no facts are read, no rule decides. */
function statement(native: NativeEvent, setting: Setting): ExplainedReading[] {
  const { stated } = native
  if (stated === undefined) return []
  const drafts = draftStated({ ...native, stated }, setting.source, setting.catalogue, fingerprint)
  return [
    {
      facts: {},
      rules: [],
      of: 0,
      withheld: withheld(stated.claims, setting.source),
      events: drafts.map((draft) => event(draft, setting)),
      remembered: [],
    },
  ]
}

function reading(
  one: Reading,
  native: NativeEvent,
  mapping: NativeMapping | undefined,
  setting: Setting,
): ExplainedReading {
  const all = mapping?.rules ?? []
  const decided = mapping && decidingRule(mapping, one.facts)
  const tried = decided === undefined ? all : all.slice(0, all.indexOf(decided) + 1)
  const drafts = translate({ ...native, readings: [one] }, setting.source, setting.catalogue, fingerprint)
  return {
    facts: Object.fromEntries(
      Object.entries(one.facts).map(([name, fact]) => [
        name,
        showable(
          fact,
          all.map(({ when }) => when[name]),
        ),
      ]),
    ),
    rules: tried.map((rule) => ({ decided: rule === decided, conditions: conditions(rule, one.facts) })),
    of: all.length,
    withheld: withheld(one, setting.source),
    events: drafts === 'unmapped' ? [] : drafts.map((draft) => event(draft, setting)),
    remembered: (decided?.emit ?? [])
      .filter(({ when }) => when !== undefined)
      .map((emission) => ({
        event: `${emission.event.category}/${emission.event.name}`,
        condition: conditionsInWords(emission),
      })),
  }
}

/**
 * A fact may be a sentence of the payload, with whatever stands in it. Its text is shown only when the mapping
 * itself has that very word.
 */
function showable(fact: Fact, asked: (Condition | undefined)[]): Fact {
  const known = asked.some(
    (condition) => condition === fact || (Array.isArray(condition) && condition.includes(fact)),
  )
  return typeof fact !== 'string' || known ? fact : `(a text of ${fact.length} characters)`
}

function withheld(
  { user, actor, request }: Pick<Reading, 'user' | 'actor' | 'request'>,
  { disclose }: Source,
): Disclosable[] {
  const told = new Set([user, actor, request].flatMap((part) => Object.keys(part ?? {})))
  return DISCLOSABLE.filter((field) => told.has(field) && !disclose.includes(field))
}

function conditions({ when }: Rule, facts: Reading['facts']): ExplainedRule['conditions'] {
  return Object.entries(when).map(([name, condition]) => ({
    condition: conditionInWords(name, condition),
    holds: holds(condition, facts[name]),
  }))
}

function event({ event, subId, occurredAt, claims }: EventDraft, setting: Setting): ExplainedEvent {
  const faults = setting.catalogue.check(event, claims)
  return {
    event: `${event.category}/${event.name}`,
    meaning: event.meaning,
    uri: event.uri,
    sub_id: subId,
    ...(occurredAt !== undefined && { toe: occurredAt }),
    topics: topicsCarrying(setting.url, setting.source.tenant, event),
    claims,
    ...(faults.length > 0 && { faults }),
  }
}
