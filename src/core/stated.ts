/**
 * Events that a publisher states in the catalogue's own words. Nothing is translated; everything is checked, and
 * what the source does not disclose is left out, as it is of every other provider's.
 */
import { disclosedClaims } from './claims.ts'
import type { CatalogueEvent, EventDraft, SubjectId } from './event.ts'
import type { Catalogue, Fingerprint } from './ports.ts'
import type { NativeEvent } from './reading.ts'
import type { Disclosable, Source } from './source.ts'

/** @returns what is wrong with the first that cannot be published, a sentence for the publisher */
export function faultOfStated(
  natives: readonly NativeEvent[],
  source: Source,
  catalogue: Catalogue,
): string | undefined {
  for (const [index, native] of natives.entries()) {
    if (native.stated === undefined) continue
    const event = find(native, catalogue)
    if (event === undefined) return `Event ${index + 1} is not in the catalogue; GET /events lists them all.`
    const problems = catalogue.check(event, { ...native.stated.claims, source: origin(native, source) })
    if (problems.length > 0)
      return `Event ${index + 1} does not fit its schema; in its claims: ${problems.join('; ')}.`
  }
  return undefined
}

/** None when the catalogue does not know the event. */
export function draftStated(
  native: NativeEvent & Required<Pick<NativeEvent, 'stated'>>,
  source: Source,
  catalogue: Pick<Catalogue, 'find'>,
  fingerprint: Fingerprint,
): EventDraft[] {
  const event = find(native, catalogue)
  if (event === undefined) return []
  const { subId, claims } = native.stated
  const { occurredAt } = native
  return [
    {
      event,
      subId: disclosedSubject(subId, source, fingerprint),
      ...(occurredAt !== undefined && { occurredAt }),
      claims: {
        ...(occurredAt !== undefined && { event_timestamp: occurredAt }),
        ...disclosedClaims(claims, source),
        source: origin(native, source),
      },
    },
  ]
}

/** The event's name is its native name too: the publisher has no other. */
function find({ name }: NativeEvent, catalogue: Pick<Catalogue, 'find'>): CatalogueEvent | undefined {
  const [category = '', event = '', ...more] = name.split('/')
  return more.length === 0 ? catalogue.find(category, event) : undefined
}

const origin = (native: NativeEvent, source: Source) => ({
  id: source.id,
  provider: source.provider,
  event: native.name,
})

function disclosedSubject(subject: SubjectId, source: Source, fingerprint: Fingerprint): SubjectId {
  const hidden = (text: string, field: Disclosable): SubjectId =>
    source.disclose.includes(field) ? subject : { format: 'opaque', id: fingerprint(text) }
  switch (subject.format) {
    case 'complex':
      return {
        format: 'complex',
        user: disclosedSubject(subject.user, source, fingerprint),
        session: disclosedSubject(subject.session, source, fingerprint),
      }
    case 'email':
      return hidden(subject.email, 'email')
    case 'phone_number':
      return hidden(subject.phone_number, 'phone')
    case 'account':
      return hidden(subject.uri, 'username')
    case 'iss_sub':
    case 'opaque':
      return subject
  }
}
