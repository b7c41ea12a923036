/** What changed is told when it is remembered how it was, and only then. */
import { createHmac } from 'node:crypto'
import { beforeEach, describe, expect, it } from 'vitest'
import { memoryChanges, type Recalled, usersConcerned } from '../../src/core/memory.ts'
import { translate } from '../../src/core/translate.ts'
import { adapter, catalogue, request, source } from './fixture.ts'

const fingerprint = (text: string) => createHmac('sha256', 'key').update(text).digest('hex')

let memory: Map<string, NonNullable<ReturnType<Recalled['get']>>>
let version: number

beforeEach(() => {
  memory = new Map()
  version = 0
})

/** Sends a payload and keeps what is to be remembered, as the store would. */
function send(provider: string, payload: object): string[] {
  const from = source(provider)
  return adapter(provider)
    .read(request(JSON.stringify(payload)))
    .flatMap((native) => {
      const mapping = catalogue.mapping(provider)?.events.get(native.name)
      if (mapping === undefined) throw new Error(`${native.name} is not mapped`)
      const users = usersConcerned(native, mapping, from, fingerprint)
      const recalled: Recalled = new Map([...memory].filter(([user]) => users.includes(user)))
      const drafts = translate(native, from, catalogue, fingerprint, recalled)
      for (const { user, was, becomes } of memoryChanges(native, mapping, from, fingerprint, recalled)) {
        expect(users).toContain(user)
        expect(memory.get(user)?.version).toBe(was)
        if (becomes === undefined) memory.delete(user)
        else if (becomes !== 'same') memory.set(user, { version: (version += 1), memory: becomes })
      }
      if (drafts === 'unmapped') throw new Error('unmapped')
      for (const { event, claims } of drafts) expect(catalogue.check(event, claims)).toEqual([])
      return drafts.map(({ event }) => `${event.category}/${event.name}`)
    })
}

const [disabled, enabled] = ['user/disabled', 'user/enabled']
const identifier = 'user/identifier-changed'

describe('casdoor', () => {
  const at = (second: number) => `2026-08-22T16:53:${String(second).padStart(2, '0')}+08:00`
  const record = (action: string, user: object, changes: object = {}) =>
    send('casdoor', {
      name: 'r',
      createdTime: at(10),
      organization: 'acme',
      user: 'root',
      action,
      requestUri: `/api/${action}?id=acme/dave`,
      object: JSON.stringify({ owner: 'acme', name: 'dave', id: 'd1', email: 'dave@acme.example', ...user }),
      response: '{status:"ok", msg:""}',
      ...changes,
    })
  const update = (user: object, changes?: object) => record('update-user', user, changes).slice(1)

  it('a first sighting says nothing of how it was', () => {
    expect(record('update-user', { isForbidden: true, isDeleted: true })).toEqual(['user/updated'])
    expect(update({ isForbidden: true, isDeleted: true })).toEqual([])
  })

  it.each([
    ['add-user', {}],
    ['new-user', {}],
    ['new-user-ldap', {}],
    ['new-user-syncer', {}],
    ['update-user', {}],
  ])('after %s, forbidden is disabled, once, and allowed again is enabled, once', (action) => {
    record(action, { isForbidden: false })
    expect(update({ isForbidden: true })).toEqual([disabled])
    expect(update({ isForbidden: true })).toEqual([])
    expect(update({ isForbidden: false })).toEqual([enabled])
    expect(update({ isForbidden: false })).toEqual([])
  })

  it('marked as deleted is deleted, once', () => {
    record('add-user', { isDeleted: false })
    expect(update({ isDeleted: true })).toEqual(['user/deleted'])
    expect(update({ isDeleted: true })).toEqual([])
  })

  it('what is not stated changes nothing', () => {
    record('add-user', { isForbidden: false })
    expect(update({})).toEqual([])
    expect(update({ isForbidden: 'true' })).toEqual([])
    expect(update({ isForbidden: true })).toEqual([disabled])
  })

  it.each([
    ['email', { email: 'other@acme.example' }],
    ['phone', { phone: '+4999' }],
    ['name', { name: 'david' }],
  ])('another %s is another identifier', (_what, change) => {
    record('add-user', { phone: '+491' })
    expect(update({ phone: '+491' })).toEqual([])
    expect(update({ phone: '+491', ...change })).toEqual([identifier])
    expect(update({ phone: '+491', ...change })).toEqual([])
  })

  it('an address told for the first time is no change', () => {
    record('add-user', { email: '' })
    expect(update({ email: 'dave@acme.example' })).toEqual([])
  })

  it('an address that the user changed is told then, and not once more', () => {
    record('add-user', {})
    const extendedUser = { name: 'dave', id: 'd1', email: 'dave@acme.example' }
    const object = 'type=email&dest=david%40acme.example&code=123456'
    expect(record('reset-email-or-phone', {}, { user: 'dave', extendedUser, object })).toEqual([identifier])
    expect(update({ email: 'david@acme.example' })).toEqual([])
    expect(update({ email: 'dave@acme.example' })).toEqual([identifier])
  })

  it('several changes at once are told one by one', () => {
    record('add-user', { isForbidden: false })
    expect(update({ isForbidden: true, email: 'x@acme.example' })).toEqual([disabled, identifier])
  })

  it.each(['isForbidden', 'is_forbidden', 'email,is_forbidden'])('columns=%s has it stored', (columns) => {
    record('add-user', { isForbidden: false })
    const requestUri = `/api/update-user?id=acme/dave&columns=${columns}`
    expect(update({ isForbidden: true }, { requestUri })).toEqual([disabled])
  })

  it('what the listed columns leave out was not stored', () => {
    record('add-user', { isForbidden: false })
    const requestUri = '/api/update-user?id=acme/dave&columns=display_name'
    expect(update({ isForbidden: true, email: 'x@acme.example' }, { requestUri })).toEqual([])
    expect(update({ isForbidden: false })).toEqual([])
  })

  it('an update that failed changed nothing', () => {
    record('add-user', { isForbidden: false })
    expect(record('update-user', { isForbidden: true }, { response: '{status:"error", msg:"no"}' })).toEqual(
      [],
    )
    expect(update({ isForbidden: false })).toEqual([])
  })

  it('an older record that comes late changes nothing', () => {
    record('add-user', { isForbidden: false })
    expect(update({ isForbidden: true }, { createdTime: at(30) })).toEqual([disabled])
    expect(update({ isForbidden: false }, { createdTime: at(20) })).toEqual([])
    expect(update({ isForbidden: false }, { createdTime: at(31) })).toEqual([enabled])
  })

  it('a deletion erases, and a namesake begins anew', () => {
    record('update-user', { id: undefined, isForbidden: true })
    expect(memory.size).toBe(1)
    record('update-user', { isForbidden: true })
    record('delete-user', {})
    expect(memory.size).toBe(0)
    record('update-user', { id: undefined, isForbidden: true })
    record('add-user', { id: 'd2', isForbidden: false })
    expect(update({ id: 'd2', isForbidden: false })).toEqual([])
    expect(update({ id: undefined, isForbidden: false })).toEqual([])
  })

  it('who has no id is known by name, within the organisation', () => {
    record('update-user', { id: undefined, isForbidden: false })
    expect(update({ id: undefined, owner: 'other', isForbidden: true })).toEqual([])
    expect(update({ id: undefined, isForbidden: true })).toEqual([disabled])
  })

  it('remembers hashes alone', () => {
    record('add-user', { phone: '+4915112345', isForbidden: false })
    expect(JSON.stringify([...memory])).not.toMatch(/dave|acme|"d1"|4915112345/)
  })
})

describe('ferriskey', () => {
  const event = (name: string, data: unknown) =>
    send('ferriskey', { event: name, timestamp: '2026-08-20T13:54:21Z', resource_id: 'r1', data })
  const [id, other] = ['0198c2b4-1111-7aaa-8bbb-000000000001', '0198c2b4-1111-7aaa-8bbb-000000000002']
  const user = (changes: object) => ({ id, username: 'alice', email: 'alice@acme.example', ...changes })

  it('disabled and enabled are told when they changed', () => {
    expect(event('user.updated', user({ enabled: false }))).toEqual(['user/updated'])
    expect(event('user.updated', user({ enabled: true }))).toEqual(['user/updated', enabled])
    expect(event('user.updated', user({ enabled: true }))).toEqual(['user/updated'])
    expect(event('user.updated', user({ enabled: false }))).toEqual(['user/updated', disabled])
  })

  it('another address or name is another identifier', () => {
    event('user.created', user({ enabled: true }))
    expect(event('user.updated', user({ email: 'x@acme.example' }))).toEqual(['user/updated', identifier])
    expect(event('user.updated', user({ username: 'alicia', email: 'x@acme.example' }))).toEqual([
      'user/updated',
      identifier,
    ])
  })

  it('a role taken away says nothing of the user', () => {
    event('user.created', user({ enabled: true }))
    const role = { id, name: 'editor', permissions: [], enabled: false }
    expect(event('user.updated', role)).toEqual(['role/unassigned'])
    expect(event('user.updated', user({ enabled: true }))).toEqual(['user/updated'])
  })

  it('deletions erase, many at once too', () => {
    event('user.created', user({ enabled: true }))
    event('user.created', user({ id: other, enabled: true }))
    expect(memory.size).toBe(2)
    expect(event('user.bulk_deleted', [id, other, id])).toHaveLength(3)
    expect(memory.size).toBe(0)
  })
})

describe('logto', () => {
  const event = (name: string, changes: object, payload: object = {}) => {
    const data = { id: 'u1', username: 'alice', primaryEmail: 'alice@acme.example', ...changes }
    return send('logto', {
      event: name,
      createdAt: '2026-08-21T12:16:09.123Z',
      params: { userId: 'u1' },
      data,
      ...payload,
    })
  }

  it('a suspension says its direction itself', () => {
    const suspension = (isSuspended: boolean) => event('User.SuspensionStatus.Updated', { isSuspended })
    expect([suspension(true), suspension(true), suspension(false)]).toEqual([
      [disabled],
      [disabled],
      [enabled],
    ])
    expect([...memory.values()][0]?.memory.enabled).toBe(true)
  })

  it('another address, number or name is another identifier', () => {
    event('User.Created', { isSuspended: false })
    expect(event('User.Data.Updated', { isSuspended: true })).toEqual(['user/updated'])
    expect(event('User.Data.Updated', { primaryEmail: 'x@acme.example' })).toEqual([
      'user/updated',
      identifier,
    ])
  })

  it('a part of the data that has names of its own says nothing of the user', () => {
    event('User.Created', {})
    expect(event('User.Data.Updated', { id: undefined, username: 'my own field' })).toEqual(['user/updated'])
    expect(event('User.Data.Updated', {})).toEqual(['user/updated'])
  })

  it('a deletion erases', () => {
    event('User.Created', {})
    event('User.Deleted', {}, { data: null })
    expect(memory.size).toBe(0)
  })
})
