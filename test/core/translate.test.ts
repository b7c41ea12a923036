import { describe, expect, it } from 'vitest'
import type { CatalogueEvent } from '../../src/core/event.ts'
import type { ProviderMapping } from '../../src/core/mapping.ts'
import { legible, type NativeEvent } from '../../src/core/reading.ts'
import { translate } from '../../src/core/translate.ts'

const event = (name: string): CatalogueEvent => ({
  category: 'user',
  name,
  uri: `urn:${name}`,
  meaning: name,
  subject: 'user',
  claims: ['source', 'event_timestamp', 'user'],
})
const mapping: ProviderMapping = {
  provider: 'casdoor',
  events: new Map([
    [
      'purge',
      {
        native: 'purge',
        rules: [
          {
            when: { outcome: 'ok' },
            emit: [
              { event: event('deleted'), claims: {} },
              { event: event('locked'), claims: {} },
            ],
          },
        ],
      },
    ],
  ]),
}
const unmapped: CatalogueEvent = {
  ...event('unmapped'),
  category: 'system',
  claims: ['source', 'event_timestamp', 'organization'],
}
const catalogue = {
  mapping: (provider: string) => (provider === 'casdoor' ? mapping : undefined),
  find: (category: string, name: string) =>
    `${category}/${name}` === 'system/unmapped' ? unmapped : undefined,
}
const source = { id: 'door', tenant: 'acme', provider: 'casdoor', issuer: 'https://i.example', disclose: [] }
const native: NativeEvent = {
  name: 'purge',
  key: 'k',
  occurredAt: 7,
  readings: [
    { facts: { outcome: 'ok' }, user: { id: '1' } },
    { facts: { outcome: 'error' }, user: { id: '2' } },
    { facts: { outcome: 'ok' }, user: { id: '3' } },
  ],
}
const run = (changes: Partial<NativeEvent> = {}, provider = 'casdoor') =>
  translate({ ...native, ...changes }, { ...source, provider }, catalogue, (text) => text)

describe('translate', () => {
  it('makes every event of the deciding rule of every reading', () => {
    const drafts = run()
    if (drafts === 'unmapped') throw new Error('unmapped')
    expect(drafts.map(({ event: { name }, subId }) => [name, 'sub' in subId && subId.sub])).toEqual([
      ['deleted', '1'],
      ['locked', '1'],
      ['deleted', '3'],
      ['locked', '3'],
    ])
    expect(drafts[0]).toEqual({
      event: event('deleted'),
      subId: { format: 'iss_sub', iss: 'https://i.example', sub: '1' },
      occurredAt: 7,
      claims: {
        source: { id: 'door', provider: 'casdoor', event: 'purge' },
        event_timestamp: 7,
        user: { id: '1' },
      },
    })
  })

  it('says nothing when no rule holds', () => {
    expect(run({ readings: [{ facts: {} }] })).toEqual([])
  })

  it('claims no time that was not told', () => {
    const { name, key, readings } = native
    const drafts = translate({ name, key, readings }, source, catalogue, (text) => text)
    if (drafts === 'unmapped') throw new Error('unmapped')
    expect(Object.keys(drafts[0] ?? {})).toEqual(['event', 'subId', 'claims'])
    expect(Object.keys(drafts[0]?.claims ?? {})).toEqual(['source', 'user'])
  })

  it('tells no text that a strict reader of JSON would refuse, or that is longer than any name', () => {
    const user = { id: 'a\ud800b', username: 'x'.repeat(1025) }
    const drafts = run({ readings: [{ facts: { outcome: 'ok' }, user }] })
    if (drafts === 'unmapped') throw new Error('unmapped')
    expect(drafts[0]?.subId).toMatchObject({ sub: 'a\ufffdb' })
    expect(drafts[0]?.claims.user).toEqual({ id: 'a\ufffdb' })
    const lists = {
      typed: 'x'.repeat(1025),
      session: { id: 's'.repeat(1025) },
      members: { added: ['\udfff'] },
    }
    expect(legible({ facts: { outcome: 'ok' }, ...lists, authentication: { methods: [] } })).toEqual({
      facts: { outcome: 'ok' },
      session: lists.session,
      members: { added: ['\ufffd'] },
    })
  })

  it('tells a name that it does not know', () => {
    expect(run({ name: 'constructor' })).toBe('unmapped')
    expect(run({}, 'other')).toBe('unmapped')
  })

  describe('tells of a name that it does not know, where the source wants to hear of it,', () => {
    const unknown = (changes: Partial<NativeEvent>) =>
      translate(
        { ...native, name: 'unheard-of', ...changes },
        { ...source, publishUnmapped: true },
        catalogue,
        (text) => text,
      )

    it('about whom it names, and nothing beyond the claims of such an event', () => {
      const organization = { id: 'o', name: 'Acme' }
      const drafts = unknown({ readings: [{ facts: {}, user: { id: '1', email: 'x@y' }, organization }] })
      expect(drafts).toEqual([
        {
          event: unmapped,
          subId: { format: 'iss_sub', iss: 'https://i.example', sub: '1' },
          occurredAt: 7,
          claims: {
            source: { id: 'door', provider: 'casdoor', event: 'unheard-of' },
            event_timestamp: 7,
            organization,
          },
        },
      ])
    })

    it.each([
      [{ client: { id: 'c' }, organization: { id: 'o' } }, 'c'],
      [{ organization: { id: 'o' } }, 'o'],
      [{}, 'door'],
    ])('or about the next best (%j)', (told, id) => {
      expect(unknown({ readings: [{ facts: {}, ...told }] })).toMatchObject([
        { subId: { format: 'opaque', id } },
      ])
    })

    it('also when nothing could be read of it', () => {
      expect(unknown({ readings: [] })).toMatchObject([{ subId: { format: 'opaque', id: 'door' } }])
    })

    it.each(['', 'two words', 'a\nb', '\u202Eabc', 'é', '\uD800', 'x'.repeat(257)])(
      'but not under the name %j',
      (name) => {
        expect(unknown({ name })).toBe('unmapped')
      },
    )

    it('and leaves a name that it knows alone', () => {
      expect(unknown({ name: 'purge', readings: [{ facts: {} }] })).toEqual([])
    })
  })
})
