/**
 * What the hub remembers of a source's users. A provider's record says how an account is, not what changed: a
 * record with `enabled: false` is "was disabled" only to someone who knows that it was enabled. Whoever is
 * remembered, and by what address or name, stands here as keyed hashes alone; without a memory nothing is said.
 */
import { decidingRule, type NativeMapping, type Rule } from './mapping.ts'
import type { Fingerprint } from './ports.ts'
import { told, type AccountState, type NativeEvent, type Reading } from './reading.ts'
import type { Source } from './source.ts'

/** How an account was when it was last told of; addresses and names are hashes. */
export interface Memory extends AccountState {
  /** When that was, in seconds since 1970, by the provider's clock. */
  asOf?: number
}

/** Memories by user, each with the version that it had when it was read. */
export type Recalled = ReadonlyMap<string, { version: number; memory: Memory }>

/**
 * What becomes of one user's memory; without `becomes` it is erased. `same` asks only that it still be the one that
 * was read: many that say the same of a user at once do not stand in each other's way.
 */
export interface MemoryChange {
  user: string
  /** The version that this was decided on; undefined when nothing was remembered. */
  was: number | undefined
  becomes?: Memory | 'same'
}

/** So many users of one source are remembered; beyond that, those whose last news is the oldest are forgotten. */
export const USERS_REMEMBERED = 1_000_000

const IDENTIFIERS = ['email', 'phone', 'username'] as const

/** The rule that a reading meets, and the users that its memory belongs to. */
interface Occasion {
  reading: Reading
  rule: Rule
  users: string[]
}

/** Whose memories a native event is decided on, or changes. */
export function usersConcerned(
  native: NativeEvent,
  mapping: NativeMapping,
  source: Source,
  fingerprint: Fingerprint,
): string[] {
  return [...new Set(occasions(native, mapping, source, fingerprint).flatMap(({ users }) => users))]
}

/** What is to be remembered once the native event is accepted: one change a user. */
export function memoryChanges(
  native: NativeEvent,
  mapping: NativeMapping,
  source: Source,
  fingerprint: Fingerprint,
  recalled: Recalled,
): MemoryChange[] {
  const changes = new Map<string, MemoryChange>()
  const set = (user: string, becomes?: Memory): void => {
    const was = recalled.get(user)?.version
    if (was === undefined && becomes === undefined) return
    const same = becomes !== undefined && isSame(becomes, recalled.get(user)?.memory)
    changes.set(user, { user, was, ...(becomes && { becomes: same ? 'same' : becomes }) })
  }
  for (const { reading, rule, users } of occasions(native, mapping, source, fingerprint)) {
    const [user, ...aliases] = users
    if (user === undefined) continue
    if (rule.memory === 'end') {
      for (const each of users) set(each)
      continue
    }
    const before = recalled.get(user)?.memory
    const stated = hashed(reading.state ?? {}, user, fingerprint)
    if (isStale(native, before) || Object.keys(stated).length === 0) continue
    const asOf = native.occurredAt ?? before?.asOf
    const kept = rule.memory === 'begin' ? {} : before
    set(user, { ...kept, ...stated, ...(asOf !== undefined && { asOf }) })
    // Whoever is new is not the one who had the name before.
    if (rule.memory === 'begin') for (const alias of aliases) set(alias)
  }
  return [...changes.values()]
}

/**
 * What changed, as facts for the conditions of a rule's emissions: none of what is told for the first time, and
 * none of what is older than what is remembered.
 */
export function changeFacts(
  native: NativeEvent,
  reading: Reading,
  rule: Rule,
  source: Source,
  fingerprint: Fingerprint,
  recalled: Recalled,
): Reading['facts'] {
  const [user] = rule.memory === 'keep' ? usersOf(reading, source, fingerprint) : []
  const before = user === undefined ? undefined : recalled.get(user)?.memory
  if (user === undefined || before === undefined || isStale(native, before)) return {}
  const now = hashed(reading.state ?? {}, user, fingerprint)
  const became = (state: 'enabled' | 'deleted', to: boolean): boolean =>
    before[state] === !to && now[state] === to
  return {
    became_disabled: became('enabled', false),
    became_enabled: became('enabled', true),
    became_deleted: became('deleted', true),
    identifier_changed: IDENTIFIERS.some(
      (name) => before[name] !== undefined && now[name] !== undefined && before[name] !== now[name],
    ),
  }
}

function occasions(
  native: NativeEvent,
  mapping: NativeMapping,
  source: Source,
  fingerprint: Fingerprint,
): Occasion[] {
  return native.readings.flatMap((reading) => {
    const rule = decidingRule(mapping, reading.facts)
    if (rule?.memory === undefined) return []
    return [{ reading, rule, users: usersOf(reading, source, fingerprint) }]
  })
}

function isSame(one: Memory, other: Memory = {}): boolean {
  const members = new Set([...Object.keys(one), ...Object.keys(other)]) as Set<keyof Memory>
  return [...members].every((member) => one[member] === other[member])
}

/** Events may overtake each other, and what is sent again arrives late. */
function isStale({ occurredAt }: NativeEvent, before: Memory | undefined): boolean {
  return occurredAt !== undefined && before?.asOf !== undefined && occurredAt < before.asOf
}

/** Under what a user is remembered, the best first: by the stable id, else by name within the organisation. */
function usersOf({ user, organization }: Reading, source: Source, fingerprint: Fingerprint): string[] {
  const scope = organization?.name ?? organization?.id ?? ''
  const hash = (...parts: string[]): string => fingerprint(JSON.stringify(['user', source.id, ...parts]))
  return [
    ...(user?.id === undefined ? [] : [hash('id', user.id)]),
    ...(user?.username === undefined ? [] : [hash('name', scope, user.username)]),
  ]
}

/** Each user's hashes are their own, so that two rows do not show that they share an address. */
function hashed(state: AccountState, user: string, fingerprint: Fingerprint): AccountState {
  const hash = (name: (typeof IDENTIFIERS)[number]): string | undefined => {
    const value = state[name]
    return value === undefined ? undefined : fingerprint(JSON.stringify([name, user, value]))
  }
  return (
    told<AccountState>({
      enabled: state.enabled,
      deleted: state.deleted,
      email: hash('email'),
      phone: hash('phone'),
      username: hash('username'),
    }) ?? {}
  )
}
