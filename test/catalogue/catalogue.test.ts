import { describe, expect, it } from 'vitest'
import { shippedCatalogue } from '../../src/catalogue/catalogue.ts'
import type { CatalogueEvent } from '../../src/core/event.ts'

const catalogue = shippedCatalogue()
const CAEP = 'https://schemas.openid.net/secevent/caep/event-type/'
const source = { id: 'acme-door', provider: 'casdoor', event: 'login' }

function event(category: string, name: string): CatalogueEvent {
  const found = catalogue.find(category, name)
  if (found === undefined) throw new Error(`no ${category}/${name}`)
  return found
}

describe('the catalogue', () => {
  it('has 83 events in 13 categories', () => {
    expect(catalogue.events).toHaveLength(83)
    expect(new Set(catalogue.events.map(({ category }) => category)).size).toBe(13)
  })

  it('gives every event a URI of its own, standard ones included', () => {
    const uris = catalogue.events.flatMap(({ uri, alsoRoutedHere = [] }) => [uri, ...alsoRoutedHere])
    expect(new Set(uris).size).toBe(uris.length)
  })

  it('names its own URIs after category and name', () => {
    const own = catalogue.events.filter(({ uri }) => uri.startsWith('urn:'))
    expect(own.length).toBeGreaterThan(60)
    for (const { uri, category, name } of own) expect(uri).toBe(`urn:signet:event:${category}:${name}`)
  })

  it('finds events by category and name, and nothing else', () => {
    expect(catalogue.find('user', 'deleted')?.uri).toMatch(/risc.*account-purged$/)
    expect(catalogue.find('user', 'constructor')).toBeUndefined()
    expect(catalogue.hasCategory('session')).toBe(true)
    expect(catalogue.hasCategory('toString')).toBe(false)
  })

  it.each(catalogue.events.map((each) => [`${each.category}/${each.name}`, each] as const))(
    '%s has a closed, self-contained schema',
    (_, each) => {
      const schema = catalogue.schema(each)
      const text = JSON.stringify(schema)
      expect(schema).toMatchObject({ type: 'object', additionalProperties: false })
      expect(schema.required).toContain('source')
      expect(text).not.toContain('"$ref"')
      expect(text).not.toContain('"$id"')
      expect(each.claims).toEqual(Object.keys(schema.properties as object))
      expect(each.claims.includes('reason_admin')).toBe(each.uri.startsWith(CAEP))
    },
  )

  /** Beside `source`, and `resource` for what happens to a thing. */
  const REQUIRED: Record<string, string[]> = {
    'login/failed': ['failure'],
    'registration/invited': ['change'],
    'token/changed': ['change'],
    'token/device-flow': ['state'],
    'credential/changed': ['credential_type', 'change_type'],
    'credential/compromised': ['credential_type'],
    'credential/assurance-changed': ['namespace', 'current_level'],
    'user/risk-changed': ['principal', 'current_level'],
    'user/claims-changed': ['claims'],
    'client/maintenance-changed': ['state'],
    'commerce/payment-notified': ['change'],
    'device/compliance-changed': ['previous_status', 'current_status'],
  }

  it('requires what each event needs, and no time, which CAEP leaves open', () => {
    for (const each of catalogue.events) {
      const path = `${each.category}/${each.name}`
      const resource = each.subject === 'resource' ? ['resource'] : []
      const expected = ['source', ...resource, ...(REQUIRED[path] ?? [])]
      expect([path, catalogue.schema(each).required]).toEqual([path, expected])
    }
  })
})

describe('check', () => {
  it('accepts the one form', () => {
    const claims = { source, event_timestamp: 1787388816, failure: { reason: 'locked' } }
    expect(catalogue.check(event('login', 'failed'), claims)).toEqual([])
  })

  it('says where and what is wrong, a sentence each, without the value', () => {
    const claims = { source, event_timestamp: 'LEAK', failure: { reason: 'LEAK' }, shoe_size: 'LEAK' }
    const problems = catalogue.check(event('login', 'failed'), claims)
    expect(problems).toHaveLength(3)
    expect(problems.join()).toMatch(/shoe_size/)
    expect(problems.join()).toMatch(/\/event_timestamp must be integer/)
    expect(problems.join()).not.toContain('LEAK')
  })

  it('asks for the type of every resource', () => {
    const created = event('role', 'created')
    expect(catalogue.check(created, { source, resource: { id: '1' } })).not.toEqual([])
    expect(catalogue.check(created, { source, resource: { type: 'group' } })).toEqual([])
  })
})
