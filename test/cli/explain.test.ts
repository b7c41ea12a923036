/** What `signet explain` says is what the hub does, and it tells no more than the hub would. */
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { decodeJwt } from 'jose'
import { describe, expect, it } from 'vitest'
import { explanation, type Explanation } from '../../src/cli/explanation.ts'
import { inWords } from '../../src/cli/explanation-text.ts'
import { fixture as body, startAcme } from '../support/acme.ts'
import { adapter, catalogue, drafts, fixture, request, source } from '../providers/fixture.ts'
import { EVERY_EVENT, plausiblePayload } from '../providers/plausible.ts'
import { printed } from './terminal.ts'

const FIXTURES = fileURLToPath(new URL('../providers/fixtures/', import.meta.url))

const samples = readdirSync(FIXTURES, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .flatMap(({ name: provider }) =>
    readdirSync(`${FIXTURES}${provider}`)
      .filter((file) => file !== 'vectors.json' && !file.startsWith('TEST-'))
      .map((file) => [provider, file] as const),
  )

const asJson = async (args: string[], stdin?: string): Promise<Explanation[]> =>
  JSON.parse(await printed(['explain', ...args, '--json'], stdin)) as Explanation[]

/** A Casdoor record with some members different. */
const record = (changes: object): string =>
  JSON.stringify({ ...(JSON.parse(body('casdoor/login-success.json').toString()) as object), ...changes })

describe('an explanation', () => {
  it.each(samples)('of %s %s has the events that the hub would publish', async (provider, file) => {
    const { id, issuer, tenant } = source(provider)
    const options = ['--source', id, '--issuer', issuer, '--tenant', tenant, '--url', 'https://hub.example/']
    const [explained] = await asJson([provider, `${FIXTURES}${provider}/${file}`, ...options])
    const events = explained?.readings.flatMap((reading) => reading.events) ?? []
    const expected = drafts(provider, fixture(provider, file))
    expect(events.map(({ claims }) => claims)).toEqual(expected.map(({ claims }) => claims))
    expect(events.map(({ uri }) => uri)).toEqual(expected.map(({ event }) => event.uri))
    expect(events.map(({ toe }) => toe)).toEqual(expected.map(({ occurredAt }) => occurredAt))
    expect(events.map(({ sub_id }) => sub_id)).toEqual(expected.map(({ subId }) => subId))
    expect(explained?.outcome).toBe('events')
  })

  it('is what a running hub makes of the same bytes', async () => {
    const hub = await startAcme()
    const file = 'casdoor/login-success.json'
    const options = ['--source', 'casdoor', '--issuer', 'https://door.acme.example', '--tenant', 'acme']
    const [explained] = await asJson(['casdoor', `${FIXTURES}${file}`, ...options, '--url', hub.url])
    await hub.casdoor(body(file))
    const page = await hub.http
      .get('/topics/acme/session/established')
      .set('Authorization', `Bearer ${hub.token}`)
      .buffer(true)
      .parse((response, done) => {
        let text = ''
        response.on('data', (chunk) => (text += String(chunk)))
        response.on('end', () => done(null, text))
      })
    const { sub_id, events, aud, toe } = decodeJwt(page.body as string)
    await hub.close()
    const told = explained?.readings[0]?.events[1]
    expect(told).toMatchObject({ event: 'session/established', sub_id, topics: aud, toe })
    expect(events).toEqual({ [told?.uri ?? '']: told?.claims })
  })

  it('names the rule that decided, and on what those before it failed', async () => {
    const output = await printed([
      'explain',
      'casdoor',
      `${FIXTURES}casdoor/login-failure-wrong-password.json`,
    ])
    expect(output).toContain('casdoor: login, at 2026-08-22T08:53:36.000Z\n')
    expect(output).toContain('Facts: outcome = error, message = (a text of 59 characters), failed = true')
    expect(output).toContain('Rule 2 of 10 fails on: outcome is ok.\n')
    expect(output).toContain('Rule 4 of 10 decided: outcome is error, message matches /^([Pp]assword')
    expect(output).toContain('→ login/failed: ')
    expect(output).toContain('  topics  http://localhost:8080/topics/example/login/failed\n')
    expect(output).toContain('failure: {"reason":"wrong-credentials"}')
  })

  it('has an occasion for each of many', async () => {
    const ids = ['4f9d6c0e-6f5e-4bbd-9d27-000000000001', '4f9d6c0e-6f5e-4bbd-9d27-000000000002']
    const payload = JSON.stringify({ event: 'user.bulk_deleted', resource_id: 'r', data: ids })
    const output = await printed(['explain', 'ferriskey', '-'], payload)
    expect(output).toContain('Occasion 2 of 2')
    expect(output.match(/→ user\/deleted/g)).toHaveLength(2)
  })
})

describe('an event in the hub’s own form', () => {
  const own = (changes: object) =>
    JSON.stringify([
      {
        id: '1',
        event: 'login/failed',
        sub_id: { format: 'email', email: 'alice@acme.example' },
        claims: { failure: { reason: 'other' }, user: { username: 'alice', name: 'Alice' } },
        ...changes,
      },
    ])

  it('is shown as it would be published', async () => {
    const args = ['json', '-', '--disclose', 'username']
    const [explained] = await asJson(args, own({ toe: 7 }))
    expect(explained).toMatchObject({ outcome: 'events', readings: [{ withheld: ['name'] }] })
    expect(explained?.readings[0]?.events).toMatchObject([
      {
        event: 'login/failed',
        sub_id: { format: 'opaque', id: '<keyed hash>' },
        toe: 7,
        claims: { failure: { reason: 'other' }, user: { username: 'alice' } },
      },
    ])
    expect(await printed(['explain', ...args], own({}))).toContain('→ login/failed')
  })

  it('is refused as the hub would refuse it', async () => {
    for (const changes of [{ event: 'login/faild' }, { claims: { failure: { reason: 'LEAK' } } }]) {
      const error = await printed(['explain', 'json', '-'], own(changes)).catch((reason: unknown) => reason)
      expect(error).toMatchObject({ name: 'Refusal', code: 'malformed' })
    }
  })
})

describe('what is passed over', () => {
  it('as a test says so', async () => {
    const args = ['logto', `${FIXTURES}logto/TEST-PostSignIn.json`]
    expect(await printed(['explain', ...args])).toContain('passed over as a test')
    expect(await asJson(args)).toMatchObject([{ outcome: 'test', readings: [] }])
  })

  it('as unmapped says so', async () => {
    const payload = record({ action: 'paint-the-fence' })
    expect(await printed(['explain', 'casdoor', '-'], payload)).toContain('passed over as unmapped')
    expect(await asJson(['casdoor', '-'], payload)).toMatchObject([{ outcome: 'unmapped' }])
  })

  it('as unmapped is published by a source that wants it', async () => {
    const payload = record({ action: 'paint-the-fence' })
    const output = await printed(['explain', 'casdoor', '-', '--publish-unmapped'], payload)
    expect(output).toContain('→ system/unmapped: ')
    expect(output).not.toContain('passed over')
    const explained = await asJson(['casdoor', '-', '--publish-unmapped'], payload)
    expect(explained).toMatchObject([
      { outcome: 'events', readings: [{ events: [{ event: 'system/unmapped' }] }] },
    ])
  })

  it('because it means nothing this time says on what it failed', async () => {
    const payload = record({ action: 'logout', response: '{status:"error", msg:"no"}' })
    const output = await printed(['explain', 'casdoor', '-'], payload)
    expect(output).toContain('Rule 1 of 1 fails on: outcome is ok.')
    expect(output).toContain('means nothing this time')
    expect(await asJson(['casdoor', '-'], payload)).toMatchObject([{ outcome: 'nothing' }])
  })
})

/** The value with a marked secret in every object of it, and in the request that Casdoor keeps as text. */
function marked(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(marked)
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).map(([name, member]) => [
    name,
    name === 'object' && typeof member === 'string'
      ? JSON.stringify(marked(JSON.parse(member)))
      : marked(member),
  ])
  const secrets = ['password', 'passcode', 'secret', 'clientSecret', 'token', 'code', 'customData', 'headers']
  return { ...Object.fromEntries(members), ...Object.fromEntries(secrets.map((name) => [name, 'hush'])) }
}

it('every native event is explained as it would be published, without a marked secret', () => {
  for (const [provider, native] of EVERY_EVENT) {
    const { events, ...payload } = plausiblePayload(provider, native)
    // The one member of Asgardeo's events is the event; a secret beside it would be a second one.
    const inside = events === undefined ? {} : { events: mapped(events as object, marked) }
    const sent = request(JSON.stringify({ ...(marked(payload) as object), ...inside }))
    const setting = { source: source(provider), url: 'https://hub.example', catalogue }
    for (const read of adapter(provider).read(sent)) {
      const explained = explanation(read, setting)
      expect(inWords(explained) + JSON.stringify(explained)).not.toContain('hush')
      const claims = explained.readings.flatMap(({ events }) => events.map((event) => event.claims))
      expect(claims).toEqual(drafts(provider, sent).map((draft) => draft.claims))
    }
  }
})

const mapped = (object: object, change: (value: unknown) => unknown): object =>
  Object.fromEntries(Object.entries(object).map(([name, value]) => [name, change(value)]))

describe('nothing is shown', () => {
  const both = async (args: string[], stdin?: string): Promise<string> =>
    (await printed(['explain', ...args], stdin)) + (await printed(['explain', ...args, '--json'], stdin))

  it('of passwords and secrets', async () => {
    const set = await both(['casdoor', `${FIXTURES}casdoor/set-password.json`])
    expect(set).not.toMatch(/REDACTED|newPassword/)
    const webhook = JSON.parse(body('ferriskey/webhook.created.json').toString()) as object
    const payload = JSON.stringify({ ...webhook, token: 'hush', data: { id: 'w', secret: 'hush' } })
    expect(await both(['ferriskey', '-'], payload)).not.toContain('hush')
  })

  it('of a message of the payload, beyond its length', async () => {
    const response = '{status:"error", msg:"The user: hush does not exist"}'
    expect(await both(['casdoor', '-'], record({ user: '', response }))).not.toContain('hush')
    expect(await both(['casdoor', '-'], record({ action: 'unheard-of', response }))).not.toContain('hush')
  })

  it('of what is not disclosed; a name that was typed shows as hashed', async () => {
    const output = await both([
      'casdoor',
      `${FIXTURES}casdoor/login-failure-wrong-password.json`,
      '--disclose',
      '',
    ])
    expect(output).not.toMatch(/alice|203\.0\.113\.24/)
    expect(output).toContain('{"format":"opaque","id":"<keyed hash>"}')
    expect(output).toContain('Told, but not disclosed by the source: ip.\n')
  })

  it('that would steer a terminal', async () => {
    const name = 'login\u001B[2J\u009B31m\u202E'
    const output = await printed(['explain', 'casdoor', '-'], record({ action: name }))
    expect(output).not.toMatch(/[\u0000-\u0009\u000B-\u001F\u007F-\u009F\u202E]/)
    expect(output).toContain('casdoor: login�[2J')
  })
})
