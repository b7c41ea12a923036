/** From what a provider said to what the hub says: the one place where the two vocabularies meet. */
import { claimsOf } from './claims.ts'
import type { EventDraft } from './event.ts'
import { allHold, decidingRule } from './mapping.ts'
import { changeFacts, type Recalled } from './memory.ts'
import type { Catalogue, Fingerprint } from './ports.ts'
import { legible, type NativeEvent } from './reading.ts'
import type { Source } from './source.ts'
import { subjectOf } from './subject.ts'

/**
 * The catalogue events that a native event means, in the order of its mapping; one native event may mean
 * several, or none. `'unmapped'` when the mapping does not know its name, and the source does not want it told.
 *
 * @param recalled what is remembered of the users that it concerns (`usersConcerned`)
 */
export function translate(
  native: NativeEvent,
  source: Source,
  catalogue: Pick<Catalogue, 'mapping' | 'find'>,
  fingerprint: Fingerprint,
  recalled: Recalled = new Map(),
): EventDraft[] | 'unmapped' {
  const mapping = catalogue.mapping(source.provider)?.events.get(native.name)
  if (mapping === undefined) return unknownEvents(native, source, catalogue, fingerprint)
  return native.readings.flatMap((reading) => {
    const rule = decidingRule(mapping, reading.facts)
    if (rule === undefined) return []
    const changes = changeFacts(native, { mapping, rule, reading }, source, fingerprint, recalled)
    const telling = legible(reading)
    const emissions = rule.emit.filter(({ when = {} }) => allHold(when, { ...reading.facts, ...changes }))
    return emissions.map((emission) => ({
      event: emission.event,
      subId: subjectOf(emission.event.subject, telling, source, fingerprint),
      ...(native.occurredAt !== undefined && { occurredAt: native.occurredAt }),
      claims: claimsOf(emission, { native, reading: telling, source, reason: mapping.reason }),
    }))
  })
}

/** A name that anyone may be shown: it is the payload's text, and no rule has ever seen it. */
const SHOWABLE = /^[!-~]{1,256}$/

function unknownEvents(
  native: NativeEvent,
  source: Source,
  catalogue: Pick<Catalogue, 'find'>,
  fingerprint: Fingerprint,
): EventDraft[] | 'unmapped' {
  const event = catalogue.find('system', 'unmapped')
  if (source.publishUnmapped !== true || event === undefined || !SHOWABLE.test(native.name)) return 'unmapped'
  const readings = native.readings.length > 0 ? native.readings.map(legible) : [{ facts: {} }]
  return readings.map((reading) => ({
    event,
    subId: subjectOf(event.subject, reading, source, fingerprint),
    ...(native.occurredAt !== undefined && { occurredAt: native.occurredAt }),
    claims: claimsOf({ event, claims: {} }, { native, reading, source, reason: undefined }),
  }))
}
