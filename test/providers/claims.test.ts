/**
 * Every SET that the hub would issue is valid by the schemas that it publishes, whatever its providers send.
 * `SIGNET_TEST_CLAIMS` says of how many generated payloads, `SIGNET_TEST_SEED` repeats a run's.
 */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import { Refusal } from '../../src/core/errors.ts'
import type { CatalogueEvent, EventDraft, SubjectId } from '../../src/core/event.ts'
import { memoryChanges, type Recalled, usersConcerned } from '../../src/core/memory.ts'
import { DISCLOSABLE } from '../../src/core/source.ts'
import { translate } from '../../src/core/translate.ts'
import type { NativeRequest } from '../../src/providers/provider.ts'
import { seed, seededFraction } from '../faults/seeded.ts'
import { adapter, catalogue, files, fixture, request, source } from './fixture.ts'
import { type Fraction, generatedPayload } from './generated.ts'
import { EVERY_EVENT, NATIVE_NAMES } from './plausible.ts'

const PAYLOADS = Number(process.env.SIGNET_TEST_CLAIMS ?? 980)

/** The published schema, read by a validator of one's own: what a subscriber would check with. */
const ajv = new Ajv2020({ allErrors: true, strict: false })
const published = new Map<CatalogueEvent, ValidateFunction>(
  catalogue.events.map((event) => [event, ajv.compile(catalogue.schema(event))]),
)

/** The members of each format of a subject (RFC 9493 §3.2), and no others. */
const MEMBERS: Record<SubjectId['format'], string[]> = {
  iss_sub: ['format', 'iss', 'sub'],
  opaque: ['format', 'id'],
  email: ['format', 'email'],
  phone_number: ['format', 'phone_number'],
  account: ['format', 'uri'],
  complex: ['format', 'user', 'session'],
}

function subjectProblems(subject: SubjectId): string[] {
  const { format, ...members } = subject
  const problems =
    Object.keys(subject).sort().join() === MEMBERS[format].toSorted().join() ? [] : [`not ${format}`]
  for (const member of Object.values(members) as (string | SubjectId)[]) {
    if (typeof member === 'object') problems.push(...subjectProblems(member))
    else if (member === '') problems.push(`an empty member of ${format}`)
  }
  return problems
}

function problemsOf({ event, claims, subId }: EventDraft): string[] {
  const validate = published.get(event)
  // As they go into the token: what JSON leaves out is not there.
  const valid = validate?.(JSON.parse(JSON.stringify(claims))) === true
  const errors = valid
    ? []
    : (validate?.errors ?? []).map((error) => `${error.instancePath} ${error.message}`)
  return [...errors, ...catalogue.check(event, claims), ...subjectProblems(subId)]
}

/** All drafts of a request, by whatever the hub may happen to remember of its users. */
function draftsOf(provider: string, sent: NativeRequest, fraction: Fraction): EventDraft[] {
  const from = source(provider, fraction() < 0.5 ? DISCLOSABLE : [])
  const fingerprint = (text: string): string => `hash of ${text.length}`
  return adapter(provider)
    .read(sent)
    .flatMap((native) => {
      const mapping = catalogue.mapping(provider)?.events.get(native.name)
      if (mapping === undefined) throw new Error(`${native.name} is not mapped`)
      const users = usersConcerned(native, mapping, from, fingerprint)
      const some = (): boolean => fraction() < 0.5
      const recalled: Recalled = new Map(
        users.map((user, version) => {
          const memory = {
            enabled: some(),
            deleted: some(),
            email: 'another',
            ...(some() && { username: 'x' }),
          }
          return [user, { version, memory }]
        }),
      )
      for (const { becomes = {} } of memoryChanges(native, mapping, from, fingerprint, recalled)) {
        expect(JSON.stringify(becomes)).not.toMatch(/alice|acme/)
      }
      const found = translate(native, from, catalogue, fingerprint, recalled)
      if (found === 'unmapped') throw new Error('unmapped')
      return found
    })
}

/** An id that is none, say, is refused: nothing is issued then. */
function draftsUnlessRefused(...[provider, sent, fraction]: Parameters<typeof draftsOf>): EventDraft[] {
  try {
    return draftsOf(provider, sent, fraction)
  } catch (error) {
    if (error instanceof Refusal) return []
    throw error
  }
}

describe('a sample', () => {
  const samples = Object.keys(NATIVE_NAMES)
    .flatMap((provider) => files(provider))
    .filter(([, file]) => file !== 'vectors.json')

  it.each(samples)('of %s, %s, yields claims that the published schemas allow', (provider, file) => {
    const found = draftsOf(provider, fixture(provider, file), seededFraction(1))
    expect(found.length).toBeGreaterThan(0)
    for (const draft of found) expect(problemsOf(draft)).toEqual([])
  })
})

it(`${PAYLOADS} generated payloads`, { timeout: 600_000 }, () => {
  const fraction = seededFraction(seed)
  const silent = new Set(EVERY_EVENT.map(([provider, native]) => `${provider} ${native}`))
  const told = new Set<string>()
  let checked = 0
  for (let made = 0; made < PAYLOADS; made += 1) {
    const [provider, native] = EVERY_EVENT[made % EVERY_EVENT.length] ?? ['', '']
    const payload = generatedPayload(provider, native, fraction)
    for (const draft of draftsUnlessRefused(provider, request(JSON.stringify(payload)), fraction)) {
      const problems = problemsOf(draft)
      if (problems.length > 0) {
        const what = `${provider} ${native}, ${draft.event.category}/${draft.event.name}`
        throw new Error(`seed ${seed}: ${what}: ${problems.join('; ')}\n${JSON.stringify(payload)}`)
      }
      silent.delete(`${provider} ${native}`)
      told.add(`${draft.event.category}/${draft.event.name}`)
      checked += 1
    }
  }
  process.stdout.write(
    `seed ${seed}: ${PAYLOADS} payloads became ${checked} events of ${told.size} kinds, all valid\n`,
  )
  // Ten of each: by then every native event has meant something.
  if (PAYLOADS >= EVERY_EVENT.length * 10) expect([...silent]).toEqual([])
})
