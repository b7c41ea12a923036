/** What stands for an event's subject in the store: enough to find it again, and useless without the hub's key. */
import type { Fingerprint } from './ports.ts'
import { isObject } from './strict-json.ts'

/**
 * A user in a session is that user. The same subject has another key in each tenant.
 *
 * @param subId a subject identifier (RFC 9493), of whatever format a publisher chose
 */
export function subjectKey(subId: unknown, tenant: string, fingerprint: Fingerprint): string | undefined {
  if (!isObject(subId)) return undefined
  const who = subId.format === 'complex' && isObject(subId.user) ? subId.user : subId
  return fingerprint(JSON.stringify(['subject', tenant, inOrder(who)]))
}

/** The same of a SET's claims; an older publisher says `iss` and `sub` (RFC 8417 §2.2). */
export function subjectKeyOf(
  claims: Readonly<Record<string, unknown>>,
  tenant: string,
  fingerprint: Fingerprint,
): string | undefined {
  const { sub_id: subId, iss, sub } = claims
  if (subId === undefined && typeof sub === 'string')
    return subjectKey({ format: 'iss_sub', iss, sub }, tenant, fingerprint)
  return subjectKey(subId, tenant, fingerprint)
}

/** No format is nested deeper; a publisher may send anything. */
const DEEPEST = 8

/** However its members were ordered. */
function inOrder(value: unknown, depth = 0): unknown {
  if (depth > DEEPEST) return null
  if (Array.isArray(value)) return value.map((item) => inOrder(item, depth + 1))
  if (!isObject(value)) return value
  const names = Object.keys(value).sort()
  return names.map((name) => [name, inOrder(value[name], depth + 1)])
}
