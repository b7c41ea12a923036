/** Changing tenants and subscribers: who may read less loses what is beyond it at once. */
import { beforeEach, describe, expect, it } from 'vitest'
import { type AcmeHub, casdoorLogin } from '../support/acme.ts'
import { admin } from '../support/admin-api.ts'
import type { Receiver } from '../support/receiver.ts'
import { startScene } from '../support/scene.ts'
import {
  deliveriesTo,
  formFor,
  isActive,
  isEnded,
  parameter,
  post,
  settled,
  verifications,
} from '../support/subscriptions.ts'

let hub: AcmeHub
let receiver: Receiver

beforeEach(async () => {
  const scene = await startScene()
  ;({ hub, receiver } = scene)
  return scene.close
})

const patch = (path: string, body: object) => admin(hub, 'patch', path, body)

async function subscribed(target: string, topic: string, token?: string): Promise<void> {
  const form = formFor(hub, receiver.url(target), { 'hub.topic': hub.topic(topic) })
  const asked = token === undefined ? hub.http.post('/hub').type('form').send(form) : post(hub, form, token)
  await asked.expect(202)
  await settled(hub, receiver.url(target), isActive)
}

const denial = async (target: string) => {
  const denied = () => verifications(receiver, target).find((one) => parameter(one, 'hub.mode') === 'denied')
  await receiver.waitFor(() => denied() !== undefined)
  return parameter(denied(), 'hub.reason')
}

describe('a subscriber', () => {
  it('of fewer topics keeps what they cover, and is told of the rest', async () => {
    await subscribed('/all', '', hub.token)
    await subscribed('/role', '/role', hub.token)
    await subscribed('/login', '/login/succeeded', hub.token)
    const before = await hub.admin.get('/subscribers/siem')
    const changed = await patch('/subscribers/siem', { topics: ['login'] }).expect(200)
    expect(changed.body).toEqual({ ...before, topics: ['login'] })
    for (const target of ['/all', '/role']) {
      expect((await settled(hub, receiver.url(target), isEnded)).ended_why).toBe(
        'its subscriber may not read the topic any more',
      )
      expect(await denial(target)).toBe('access was withdrawn')
    }
    await hub.casdoor(casdoorLogin('one'))
    await receiver.waitFor(() => deliveriesTo(receiver, '/login').length === 1)
    expect(receiver.deliveries()).toHaveLength(1)
    await post(hub, formFor(hub, receiver.url('/all'))).expect(403)
  })

  it('of more topics may subscribe to them with the token that it has', async () => {
    await patch('/subscribers/siem', { topics: ['login'] }).expect(200)
    await post(hub, formFor(hub, receiver.url('/all'))).expect(403)
    await patch('/subscribers/siem', { topics: ['*'] }).expect(200)
    await subscribed('/all', '', hub.token)
  })

  it.each([
    {},
    { topics: [] },
    { topics: ['nonsense'] },
    { topics: ['*'], tenant: 'acme' },
    { topic: ['*'] },
  ])('is not changed by %j', async (body) => {
    const before = await hub.admin.get('/subscribers/siem')
    await patch('/subscribers/siem', body).expect(400)
    expect(await hub.admin.get('/subscribers/siem')).toEqual(before)
  })
})

describe('a tenant', () => {
  it('that is closed ends what only an open one allows, asked for or active', async () => {
    await patch('/subscribers/siem', { topics: ['login'] }).expect(200)
    const opened = await patch('/tenants/acme', { subscribe: 'open', confirm_public: true }).expect(200)
    expect(opened.body).toMatchObject({ id: 'acme', subscribe: 'open', topic: hub.topic() })
    await subscribed('/stranger', '')
    await subscribed('/beyond', '', hub.token)
    await subscribed('/within', '/login', hub.token)
    // What it may read beside its patterns is not theirs to take.
    await patch('/subscribers/siem', { topics: ['login', 'user'] }).expect(200)
    await settled(hub, receiver.url('/beyond'), isActive)

    const closed = await patch('/tenants/acme', { subscribe: 'token' }).expect(200)
    expect(closed.body).toEqual(await hub.admin.get('/tenants/acme'))
    expect((await settled(hub, receiver.url('/stranger'), isEnded)).ended_why).toBe(
      'its tenant is not open any more',
    )
    await settled(hub, receiver.url('/beyond'), isEnded)
    await settled(hub, receiver.url('/within'), isActive)
    expect(await denial('/stranger')).toBe('access was withdrawn')
    await hub.http
      .post('/hub')
      .type('form')
      .send(formFor(hub, receiver.url('/stranger')))
      .expect(401)
  })

  it('is opened only when that is said twice', async () => {
    for (const body of [
      { subscribe: 'open' },
      { subscribe: 'open', confirm_public: false },
      {},
      { subscribe: 'x' },
    ]) {
      await patch('/tenants/acme', body).expect(400)
    }
    await patch('/tenants/acme', { subscribe: 'token', id: 'other' }).expect(400)
    expect(await hub.admin.get('/tenants/acme')).toMatchObject({ subscribe: 'token' })
  })

  it('of others is left alone', async () => {
    await admin(hub, 'post', '/tenants', { id: 'agora', subscribe: 'open', confirm_public: true }).expect(201)
    const form = formFor(hub, receiver.url('/agora'), { 'hub.topic': `${hub.url}/topics/agora` })
    await hub.http.post('/hub').type('form').send(form).expect(202)
    await settled(hub, receiver.url('/agora'), isActive)
    await patch('/tenants/acme', { subscribe: 'open', confirm_public: true }).expect(200)
    await patch('/tenants/acme', { subscribe: 'token' }).expect(200)
    await settled(hub, receiver.url('/agora'), isActive)
  })
})

it('what is not there is 404', async () => {
  await patch('/tenants/none', { subscribe: 'token' }).expect(404)
  await patch('/subscribers/none', { topics: ['*'] }).expect(404)
})
