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

/** The rule that a reading meets, and the keys under which its user may be remembered. */
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
    const kept = rule.memory === 'end' ? [] : keptUnder(users, mapping)
    // Whoever is new is not the one who had the name before.
    if (rule.memory !== 'keep') for (const user of users.filter((each) => !kept.includes(each))) set(user)
    for (const user of kept) {
      const before = recalled.get(user)?.memory
      const stated = hashed(reading.state ?? {}, user, fingerprint)
      if (isStale(native, before) || Object.keys(stated).length === 0) continue
      const asOf = native.occurredAt ?? before?.asOf
      set(user, {
        ...(rule.memory === 'keep' && before),
        ...stated,
        ...(asOf !== undefined && { asOf }),
      })
    }
  }
  return [...changes.values()]
}

/**
 * What changed, as facts for the conditions of a rule's emissions: none of what is told for the first time, and
 * none of what is older than what is remembered.
 */
export function changeFacts(
  native: NativeEvent,
  { mapping, rule, reading }: { mapping: NativeMapping; rule: Rule; reading: Reading },
  source: Source,
  fingerprint: Fingerprint,
  recalled: Recalled,
): Reading['facts'] {
  const users = rule.memory === 'keep' ? userKeys(reading, source, fingerprint) : []
  // Under one key the news may be older than under the other.
  const [user] = keptUnder(users, mapping)
    .filter((each) => recalled.has(each))
    .sort(
      (a, b) => newsOf(recalled, b) - newsOf(recalled, a) || versionOf(recalled, b) - versionOf(recalled, a),
    )
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
    return [{ reading, rule, users: userKeys(reading, source, fingerprint) }]
  })
}

const newsOf = (recalled: Recalled, user: string): number => recalled.get(user)?.memory.asOf ?? 0
const versionOf = (recalled: Recalled, user: string): number => recalled.get(user)?.version ?? 0

function isSame(one: Memory, other: Memory = {}): boolean {
  const members = new Set([...Object.keys(one), ...Object.keys(other)]) as Set<keyof Memory>
  return [...members].every((member) => one[member] === other[member])
}

/** Events may overtake each other, and what is sent again arrives late. */
function isStale({ occurredAt }: NativeEvent, before: Memory | undefined): boolean {
  return occurredAt !== undefined && before?.asOf !== undefined && occurredAt < before.asOf
}

/** The best of the keys; or all of them, where what comes next may know but one. */
const keptUnder = (users: readonly string[], { byName = false }: NativeMapping): readonly string[] =>
  byName ? users : users.slice(0, 1)

/** Under what a user may be remembered, the best first: the stable id, the name within the organisation. */
export function userKeys(
  { user, organization }: Pick<Reading, 'user' | 'organization'>,
  source: Pick<Source, 'id'>,
  fingerprint: Fingerprint,
): string[] {
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
