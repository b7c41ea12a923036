/** The providers' mappings, from `schema/providers/<name>.json`, held against the catalogue's events. */
import type { Condition, Emission, NativeMapping, ProviderMapping, Rule } from '../core/mapping.ts'
import type { DescribedEvent } from './events.ts'
import { members, type Family } from './family.ts'
import { inFile, SchemaFault } from './schema-fault.ts'
import { problems, type SchemaFiles } from './schema-files.ts'

/** The form `schema/forms/provider.json`. */
interface ProviderFile {
  provider: string
  note?: string
  by_name?: boolean
  events: Entry[]
}

interface Entry extends Family {
  note?: string
  reason?: string
  rules: {
    when?: Record<string, Condition>
    emit: { event: string; when?: Record<string, Condition>; claims?: Record<string, unknown> }[]
    memory?: Rule['memory']
  }[]
}

type Events = ReadonlyMap<string, DescribedEvent>

/** @throws SchemaFault */
export function loadMappings(files: SchemaFiles, events: Events): Map<string, ProviderMapping> {
  const found = files.readAll('providers', 'forms/provider.json')
  return new Map(
    found.map(({ file, content: described }) => {
      const content = described as ProviderFile
      if (file !== `providers/${content.provider}.json`) throw new SchemaFault(file, 'holds another provider')
      return [content.provider, providerMapping(file, content, events)]
    }),
  )
}

function providerMapping(file: string, content: ProviderFile, events: Events): ProviderMapping {
  const natives = new Map<string, NativeMapping>()
  for (const entry of content.events.flatMap((family) => members(family))) {
    const { native } = entry
    if (natives.has(native)) throw new SchemaFault(file, `${native} stands there twice`)
    natives.set(
      native,
      inFile(file, native, () => nativeMapping(entry, content, events)),
    )
  }
  return {
    provider: content.provider,
    ...(content.note !== undefined && { note: content.note }),
    events: natives,
  }
}

function nativeMapping(
  entry: Omit<Entry, 'each'>,
  { provider, by_name: byName }: ProviderFile,
  events: Events,
): NativeMapping {
  const rules = entry.rules.map(({ when = {}, emit, memory }, position) => {
    if (Object.keys(when).length === 0 && position < entry.rules.length - 1) {
      throw new Error('a rule without conditions hides those after it')
    }
    // An event that yields nothing is not remembered, nor is what it says of the user.
    if (emit.every((emission) => emission.when !== undefined)) {
      throw new Error('a rule has no event without conditions')
    }
    for (const condition of [when, ...emit.map((emission) => emission.when ?? {})].flatMap(Object.values)) {
      checkPattern(condition as Condition)
    }
    return {
      when,
      emit: emit.map((emission) => checked(emission, entry, provider, events)),
      ...(memory !== undefined && { memory }),
    }
  })
  return { ...entry, rules, ...(byName !== undefined && { byName }) }
}

/** What an emission says by itself must already be a valid event: nothing required is left to chance. */
function checked(
  emission: Entry['rules'][number]['emit'][number],
  entry: Omit<Entry, 'each'>,
  provider: string,
  events: Events,
): Emission {
  const described = events.get(emission.event)
  if (described === undefined) throw new Error(`there is no event ${emission.event}`)
  const claims = emission.claims ?? {}
  if (!described.fits({ source: { id: 'any', provider, event: entry.native }, ...claims })) {
    throw new Error(`${emission.event}: ${problems(described.fits.errors).join('; ')}`)
  }
  if (described.event.claims.includes('reason_admin') && entry.reason === undefined) {
    throw new Error(`${emission.event} needs a reason`)
  }
  return { event: described.event, claims, ...(emission.when && { when: emission.when }) }
}

function checkPattern(condition: Condition): void {
  if (typeof condition === 'object' && 'matches' in condition) new RegExp(condition.matches, 'u')
}
