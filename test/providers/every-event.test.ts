/** Every native event of the four providers has a place, becomes what its schema allows, and leaks nothing. */
import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { DISCLOSABLE } from '../../src/core/source.ts'
import { adapter, catalogue, drafts, fixture, request, vectors } from './fixture.ts'
import { MARK, markedPayload } from './marked.ts'
import { EVERY_EVENT, NATIVE_NAMES, plausible, type Payload } from './plausible.ts'

describe.each([
  ['casdoor', 152],
  ['ferriskey', 35],
  ['logto', 31],
  ['asgardeo', 27],
])('%s', (provider, count) => {
  const mapped = [...(catalogue.mapping(provider)?.events.keys() ?? [])]

  it(`has ${count} native events, each with a place`, () => {
    expect(NATIVE_NAMES[provider]).toHaveLength(count)
    expect(mapped.toSorted()).toEqual(NATIVE_NAMES[provider]?.toSorted())
  })

  it('becomes events that exist', () => {
    for (const { rules } of catalogue.mapping(provider)?.events.values() ?? []) {
      for (const { event } of rules.flatMap(({ emit }) => emit)) {
        expect(catalogue.find(event.category, event.name)).toBe(event)
      }
    }
  })
})

it.each(
  ['casdoor', 'ferriskey', 'logto'].flatMap((provider) =>
    vectors(provider).map(([file, { sha256 }]) => [provider, file, sha256]),
  ),
)('the sample %s %s is as it was sent, byte for byte', (provider, file, sha256) => {
  expect(createHash('sha256').update(fixture(provider, file).body).digest('hex')).toBe(sha256)
})

describe('a plausible payload', () => {
  it.each(EVERY_EVENT)('of %s %s yields valid claims', (provider, native) => {
    const found = drafts(provider, plausible(provider, native))
    expect(found.length).toBeGreaterThan(0)
    for (const { claims } of found) expect(claims.source).toMatchObject({ provider, event: native })
  })

  it.each(EVERY_EVENT)(
    'of %s %s lets nothing personal pass when nothing is disclosed',
    (provider, native) => {
      const found = drafts(provider, plausible(provider, native), [])
      const told = JSON.stringify(found.map(({ subId, claims }) => [subId, claims]))
      expect(told).not.toMatch(/alice|acme\.example|491511|203\.0\.113|Mozilla/i)
    },
  )

  it.each(EVERY_EVENT)('of %s %s may lack everything but its name', (provider, native) => {
    const bare: Record<string, Payload> = {
      casdoor: { action: native, response: '{status:"ok", msg:""}' },
      asgardeo: { events: { [native]: {} } },
    }
    drafts(provider, request(JSON.stringify(bare[provider] ?? { event: native })))
  })
})

describe('a secret in a field that is not read', () => {
  it.each(EVERY_EVENT)('of %s %s does not pass', (provider, native) => {
    const sent = request(JSON.stringify(markedPayload(provider, native)))
    const found = drafts(provider, sent, DISCLOSABLE)
    expect(found.length).toBeGreaterThan(0)
    expect(JSON.stringify([found, adapter(provider).read(sent)])).not.toContain(MARK)
  })
})
