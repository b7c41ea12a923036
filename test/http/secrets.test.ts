/** Secrets and tokens are shown when they are made, and lie open nowhere afterwards. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { type AcmeHub, CASDOOR_SECRET, casdoorLogin, LOGTO_SECRET } from '../support/acme.ts'
import { ADMIN_TOKEN } from '../support/hub.ts'
import type { Receiver } from '../support/receiver.ts'
import { startScene } from '../support/scene.ts'
import { formFor, isActive, post, settled } from '../support/subscriptions.ts'

const CALLBACK_SECRET = 'callback-secret-2c7f41'
const BASIC_SECRET = 'basic-secret-90b1e3'

let hub: AcmeHub
let receiver: Receiver
let madeSecret: string

beforeAll(async () => {
  const scene = await startScene()
  ;({ hub, receiver } = scene)
  const source = { tenant: 'acme', provider: 'casdoor', issuer: 'https://door.acme.example' }
  const { auth } = await hub.admin.post<{ auth: { secret: string } }>('/sources', {
    ...source,
    id: 'made',
    auth: { method: 'bearer' },
  })
  madeSecret = auth.secret
  await hub.admin.post('/sources', {
    ...source,
    id: 'basic',
    auth: { method: 'basic', username: 'door', secret: BASIC_SECRET },
  })
  await post(hub, formFor(hub, receiver.url('/cb'), { 'hub.secret': CALLBACK_SECRET })).expect(202)
  await settled(hub, receiver.url('/cb'), isActive)
  // Another that still waits for its callback's word.
  receiver.reply((request) => (request.method === 'GET' ? { status: 503 } : { status: 204 }))
  await post(hub, formFor(hub, receiver.url('/cb2'), { 'hub.secret': `${CALLBACK_SECRET}-2` })).expect(202)
  await settled(hub, receiver.url('/cb2'), ({ verification }) => verification !== null)
  await hub.casdoor(casdoorLogin('one'))
  await receiver.waitFor(() => receiver.deliveries().length === 2)
  return scene.close
})

const secrets = (): string[] => [
  ADMIN_TOKEN,
  hub.token,
  CASDOOR_SECRET,
  LOGTO_SECRET,
  madeSecret,
  BASIC_SECRET,
  CALLBACK_SECRET,
]

describe('nothing shows them', () => {
  it('in the admin API', async () => {
    const seen: string[] = []
    for (const kind of ['tenants', 'sources', 'subscribers', 'subscriptions', 'events', 'deliveries']) {
      const { items } = await hub.admin.get<{ items: { id?: string; jti?: string }[] }>(`/${kind}`)
      expect(items).not.toEqual([])
      seen.push(JSON.stringify(items))
      for (const { id, jti } of items) {
        seen.push(JSON.stringify(await hub.admin.get(`/${kind}/${id ?? jti ?? ''}`)))
      }
    }
    for (const secret of secrets()) expect(seen.join('\n')).not.toContain(secret)
  })

  // The last: the hub is stopped for it.
  it('in the files of the store', async () => {
    await hub.stop()
    const files = readdirSync(hub.folder).map((name) => readFileSync(join(hub.folder, name)))
    const bytes = Buffer.concat(files)
    // What is looked for would be found.
    expect(bytes.includes(receiver.url('/cb'))).toBe(true)
    for (const secret of secrets()) {
      for (const form of [secret, Buffer.from(secret).toString('base64').replace(/=*$/, '')]) {
        expect(bytes.includes(form)).toBe(false)
      }
    }
    expect(bytes.includes('"d":"')).toBe(false)
  })
})
