/**
 * Whom an event is about (`sub_id`, RFC 9493). There is always a subject: what the catalogue names, or the
 * next best that the payload states, down to the source itself.
 */
import type { SubjectId, SubjectKind } from './event.ts'
import type { Fingerprint } from './ports.ts'
import type { Reading } from './reading.ts'
import type { Disclosable, Source } from './source.ts'

type Part = (reading: Reading, identify: Identify) => SubjectId | undefined

/** How this source's identifiers are written: which may be told, and as whose. */
interface Identify {
  /** A stable id of the source's issuer (RFC 9493 §3.2.3). */
  stable(id: string): SubjectId
  /** A name or address, or its fingerprint when the source does not disclose its kind. */
  personal(text: string, field: Disclosable): SubjectId
}

const ADDRESS = /^[^\s@]+@[^\s@]+$/

const opaque = (id: string): SubjectId => ({ format: 'opaque', id })

const user: Part = ({ user, organization }, identify) => {
  if (user?.id !== undefined) return identify.stable(user.id)
  if (user?.username !== undefined) {
    // Without a stable id, a user name means something only within its organisation.
    const scope = organization?.name ?? organization?.id
    return identify.personal(scope === undefined ? user.username : `${scope}/${user.username}`, 'username')
  }
  if (user?.email !== undefined) return identify.personal(user.email, 'email')
  return user?.phone === undefined ? undefined : identify.personal(user.phone, 'phone')
}

const typed: Part = ({ typed: text }, identify) =>
  text === undefined ? undefined : identify.personal(text, kindOfName(text))

const session: Part = (reading, identify) => {
  if (reading.session === undefined) return undefined
  const whose = user(reading, identify)
  const which = opaque(reading.session.id)
  return whose === undefined ? which : { format: 'complex', user: whose, session: which }
}

const named = (thing: { id?: string; name?: string } | undefined): SubjectId | undefined => {
  const id = thing?.id ?? thing?.name
  return id === undefined ? undefined : opaque(id)
}

const resource: Part = (reading) => named(reading.resource)
const client: Part = (reading) => named(reading.client)
const organization: Part = (reading) => named(reading.organization)

const PREFERENCE: Record<SubjectKind, readonly Part[]> = {
  user: [user, typed, client, organization],
  'user and session': [session, user, typed, client, organization],
  'typed or user': [typed, user, client, organization],
  resource: [resource, user, client, organization],
  source: [],
}

export function subjectOf(
  kind: SubjectKind,
  reading: Reading,
  source: Source,
  fingerprint: Fingerprint,
): SubjectId {
  const identify: Identify = {
    stable: (id) => ({ format: 'iss_sub', iss: source.issuer, sub: id }),
    personal: (text, field) => {
      if (!source.disclose.includes(field)) return opaque(fingerprint(text))
      return field === 'email' && ADDRESS.test(text) ? { format: 'email', email: text } : opaque(text)
    },
  }
  for (const part of PREFERENCE[kind]) {
    const subject = part(reading, identify)
    if (subject !== undefined) return subject
  }
  return opaque(source.id)
}

/** What a typed login name is, by its looks. In doubt it is the more personal, which fewer sources disclose. */
function kindOfName(text: string): Disclosable {
  if (text.includes('@')) return 'email'
  return /^\s*\+?[\d\s()./-]{5,}$/.test(text) ? 'phone' : 'username'
}
