/**
 * What an adapter reads out of a provider's payload: facts in neutral names, taken one by one from the
 * fields that are known to be harmless. Whatever is not named here (passwords, tokens, custom data) never
 * leaves the adapter.
 */

import type { Refusal } from './errors.ts'
import type { SubjectId } from './event.ts'

export interface Person {
  /** The provider's stable id: survives a change of name or address. */
  id?: string
  username?: string
  email?: string
  phone?: string
  name?: string
}

/** How an account is by now, as far as the payload states it: what the hub compares with what it remembers. */
export interface AccountState {
  enabled?: boolean
  /** Kept by the provider, but marked as deleted. */
  deleted?: boolean
  email?: string
  phone?: string
  username?: string
}

export interface Reading {
  /** What the mapping's conditions test, e.g. `{ outcome: 'ok' }`. Never copied into claims. */
  facts: Record<string, string | number | boolean>
  /** The person it happened to. */
  user?: Person
  /** Of that person's account. Never copied into claims, and remembered as hashes alone. */
  state?: AccountState
  /** What was typed at a login form, when no user is known to belong to it. */
  typed?: string
  /** Who did it, when someone other than `user`. */
  actor?: { type: 'user' | 'client' | 'system'; id?: string; username?: string }
  /** Who set it off (CAEP §2), when the payload says so itself. */
  initiator?: 'admin' | 'user' | 'policy' | 'system'
  client?: { id?: string; name?: string }
  organization?: { id?: string; name?: string }
  session?: { id: string }
  request?: { ip?: string; user_agent?: string }
  authentication?: { methods: string[] }
  /** Names of the attributes that changed, without values. */
  changed?: string[]
  resource?: { id?: string; name?: string }
  members?: { added?: string[]; removed?: string[] }
}

/** The end of the year 9999: what lies behind it is in milliseconds, or nonsense. In seconds since 1970. */
export const LAST_SECOND = 253_402_300_799

/** One event in the provider's own words; a bulk operation has several readings. */
export interface NativeEvent {
  /** The provider's name for it, e.g. `login` or `User.Created`. */
  name: string
  /** The same on every repeat of the same native event, and on no other, within one source. */
  key: string
  /** The provider's own id of the transaction that this event belongs to, if it has one. */
  txn?: string
  /** Seconds since 1970. */
  occurredAt?: number
  /** The provider's own test button: answered 200, published never. */
  test?: boolean
  readings: Reading[]
  /** Why nothing was read: a form that no event of a known name has. */
  fault?: Refusal
  /** What a publisher says in the catalogue's own words; `name` is the event's then, and nothing is read. */
  stated?: Statement
}

interface Statement {
  subId: SubjectId
  /** As the event's schema has them, without `source`. */
  claims: Record<string, unknown>
}

/** As `T`, but with members that may turn out not to have been told. */
type Maybe<T> = { [K in keyof T]: T[K] | undefined }

/**
 * An object of the members that were told, or nothing when none was. Absence is how a claim says that the
 * provider did not tell: an empty object or an `undefined` member would say something else.
 */
export function told<T extends object>(members: Maybe<T>): T | undefined {
  const entries = Object.entries(members).filter(([, value]) => value !== undefined)
  return entries.length === 0 ? undefined : (Object.fromEntries(entries) as T)
}

/** No name, address or id of anybody is longer; what was typed at a form open to all may be. In characters. */
const LONGEST = 1024

/**
 * What a reading says, fit for any receiver of JSON: half a character (RFC 8259 §8.2) becomes the sign for one that
 * is lost, and a text that is too long was not told. Whoever fails to log in must not choose what receivers refuse.
 */
export function legible({ facts, session, ...rest }: Reading): Reading {
  return {
    facts,
    // However long: about the user alone, the event would be about all of their sessions.
    ...(session && { session: { id: session.id.toWellFormed() } }),
    ...(fit(rest) as Omit<Reading, 'facts'> | undefined),
  }
}

function fit(value: unknown): unknown {
  if (typeof value === 'string') return value.length > LONGEST ? undefined : value.toWellFormed()
  if (typeof value !== 'object' || value === null) return value
  if (!Array.isArray(value))
    return told(Object.fromEntries(Object.entries(value).map(([name, member]) => [name, fit(member)])))
  const items = value.map(fit).filter((item) => item !== undefined)
  return items.length === 0 ? undefined : items
}
