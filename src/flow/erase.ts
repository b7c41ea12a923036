/** Everything that the hub holds of one person goes, in bounded commits, whatever happens meanwhile. */
import type { Erased, Erasures, EventSubject } from '../core/erasure-ports.ts'
import type { SubjectId } from '../core/event.ts'
import { userKeys } from '../core/memory.ts'
import type { Fingerprint, Observer, Surroundings } from '../core/ports.ts'
import { claimsText } from '../core/set.ts'
import { subjectKey, subjectKeyOf } from '../core/subject-key.ts'

export interface EraseParts extends Pick<Surroundings, 'clock' | 'fingerprint'> {
  erasures: Erasures
  observer: Pick<Observer, 'dropped'>
}

/** Rows of one commit, which everyone else's waits for. */
const CHUNK = 300

/** Whoever asks waits so long; what is left then goes on behind the answer. */
const WAIT_MS = 10_000

/**
 * @returns what was removed by now, and the key under which the subject is noted; undefined when there is no such
 *   tenant
 */
export async function erase(
  parts: EraseParts,
  tenant: string,
  subId: Record<string, unknown>,
): Promise<(Erased & { subject: string }) | undefined> {
  const { erasures, fingerprint, clock } = parts
  const sources = await erasures.sources(tenant)
  const subject = subjectKey(subId, tenant, fingerprint)
  if (sources === undefined || subject === undefined) return undefined
  const users = sources.flatMap((source) =>
    rememberedAs(subId as SubjectId, source, fingerprint).map((user) => ({ source: source.id, user })),
  )
  const began = clock.now()
  const num = await erasures.begin({ tenant, subject, users, now: began })
  if (num === undefined) return undefined
  let erased = await step(parts, tenant, num)
  while (!erased.complete && clock.now() - began < WAIT_MS) erased = await step(parts, tenant, num)
  return { ...erased, subject }
}

/** One bounded step of what somebody waits for no longer. @returns whether there may be more */
export async function eraseOn(parts: EraseParts): Promise<boolean> {
  const unfinished = await parts.erasures.unfinished()
  if (unfinished === undefined) return false
  await step(parts, unfinished.tenant, unfinished.num)
  return true
}

async function step({ erasures, fingerprint, clock, observer }: EraseParts, tenant: string, num: number) {
  const read = (token: string, source: string) => readSubject(token, source, tenant, fingerprint)
  const erased = await erasures.step(num, read, CHUNK, clock.now())
  if (erased.droppedNow > 0) observer.dropped({ deliveries: erased.droppedNow })
  return erased
}

/** Under what a source may remember a user whom subscribers know by this identifier (`core/subject`). */
function rememberedAs(
  subId: SubjectId,
  source: { id: string; issuer: string },
  fingerprint: Fingerprint,
): string[] {
  switch (subId.format) {
    case 'complex':
      return rememberedAs(subId.user, source, fingerprint)
    case 'iss_sub':
      return subId.iss === source.issuer ? userKeys({ user: { id: subId.sub } }, source, fingerprint) : []
    case 'opaque': {
      const [, scope, username = subId.id] = /^([^/]*)\/(.*)$/s.exec(subId.id) ?? []
      return [
        ...userKeys({ user: { username: subId.id } }, source, fingerprint),
        ...userKeys({ user: { username }, organization: { name: scope ?? '' } }, source, fingerprint),
      ]
    }
    case 'account':
    case 'email':
    case 'phone_number':
      return []
  }
  // A format that is a publisher's alone.
  return []
}

/** A token that cannot be read is nobody's: what was stored unreadable names no subject. */
function readSubject(token: string, source: string, tenant: string, fingerprint: Fingerprint): EventSubject {
  const claims = claimsOf(token)
  const subject = subjectKeyOf(claims, tenant, fingerprint)
  const [event] = Object.values((claims.events ?? {}) as Record<string, Told>)
  const users = event === undefined ? [] : userKeys(event, { id: source }, fingerprint)
  return { ...(subject !== undefined && { subject }), users }
}

type Told = Parameters<typeof userKeys>[0]

function claimsOf(token: string): Record<string, unknown> {
  try {
    return JSON.parse(claimsText(token)) as Record<string, unknown>
  } catch {
    return {}
  }
}
