/** What changed about a user is told once, across repeats, restarts and whatever comes at the same time. */
import Sqlite from 'better-sqlite3'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type AcmeHub, type Published, startAcme } from '../support/acme.ts'

let hub: AcmeHub
let records: number

beforeEach(async () => {
  hub = await startAcme()
  records = 0
})

afterEach(() => hub.close())

const record = (action: string, user: object, name = `record ${(records += 1)}`): string =>
  JSON.stringify({
    name,
    createdTime: '2026-08-22T16:53:36+08:00',
    organization: 'acme',
    user: 'root',
    action,
    object: JSON.stringify({ owner: 'acme', name: 'dave', id: 'd1', email: 'dave@acme.example', ...user }),
    response: '{status:"ok", msg:""}',
  })

const names = ({ events }: Published): string[] => events.map(({ topic }) => topic.split('/').at(-1) ?? '')
const update = async (user: object): Promise<string[]> =>
  names(await hub.casdoor(record('update-user', user)))

it('survives a restart, and a repeat is a duplicate that changes nothing', async () => {
  await hub.casdoor(record('add-user', { isForbidden: false }))
  const forbidden = record('update-user', { isForbidden: true })
  expect(names(await hub.casdoor(forbidden))).toEqual(['updated', 'disabled'])
  await hub.stop()
  hub = await startAcme({ folder: hub.folder })
  expect(await update({ isForbidden: true })).toEqual(['updated'])
  expect(await update({ isForbidden: false })).toEqual(['updated', 'enabled'])
  expect((await hub.casdoor(forbidden)).reason).toBe('duplicate')
  expect(await update({ isForbidden: false })).toEqual(['updated'])
})

it('is told by one of many that come at once', async () => {
  await hub.casdoor(record('add-user', { isForbidden: false }))
  const answers = await Promise.all(Array.from({ length: 30 }, () => update({ isForbidden: true })))
  expect(answers.flat().filter((name) => name === 'disabled')).toEqual(['disabled'])
  expect(answers.flat().filter((name) => name === 'updated')).toHaveLength(30)
})

it('knows a user by the name alone who was told of with an id, and the other way round', async () => {
  await hub.casdoor(record('add-user', { isForbidden: false }))
  expect(await update({ id: undefined, isForbidden: true })).toEqual(['updated', 'disabled'])
  expect(await update({ isForbidden: true })).toEqual(['updated'])
  expect(await update({ isForbidden: false })).toEqual(['updated', 'enabled'])
  expect(await update({ id: undefined, isForbidden: false })).toEqual(['updated'])
  // Another who gets the name later is somebody new.
  await hub.casdoor(record('add-user', { id: 'd2', isForbidden: true }))
  expect(await update({ id: undefined, isForbidden: true })).toEqual(['updated'])
})

it('is nothing of a user who was deleted', async () => {
  await hub.casdoor(record('add-user', { isForbidden: false }))
  await hub.casdoor(record('delete-user', {}))
  expect(await update({ isForbidden: true })).toEqual(['updated'])
  await hub.casdoor(record('delete-user', {}))
  await hub.stop()
  const file = new Sqlite(join(hub.folder, 'signet.db'))
  expect(file.prepare('select * from user_memories').all()).toEqual([])
  expect(file.prepare("select users_remembered from sources where id = 'casdoor'").pluck().get()).toBe(0)
  file.close()
})
