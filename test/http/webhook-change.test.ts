/** Webhooks in the admin API: what a change does at once, what is verified first, and what ends. */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type AcmeHub, casdoorLogin } from '../support/acme.ts'
import { admin } from '../support/admin-api.ts'
import { type Receiver, willing } from '../support/receiver.ts'
import { startScene } from '../support/scene.ts'
import {
  deliveriesTo,
  parameter,
  settled,
  signature,
  subscriptionsOf,
  verifications,
} from '../support/subscriptions.ts'
import { activeWebhook, read, SECRET, whenAll } from '../support/webhooks.ts'

let hub: AcmeHub
let receiver: Receiver
let target: string
let n = 0

beforeAll(async () => {
  const scene = await startScene()
  ;({ hub, receiver } = scene)
  return scene.close
})

beforeEach(() => {
  receiver.reply(willing)
  target = `/hook-${(n += 1)}`
})

const patch = (id: string, changes: object) => admin(hub, 'patch', `/webhooks/${id}`, changes)
const denials = (at: string) =>
  verifications(receiver, at).filter((request) => parameter(request, 'hub.mode') === 'denied')

describe('changing', () => {
  it('name, description, headers, format and pause holds at once', async () => {
    const { id } = await activeWebhook(hub, receiver.url(target))
    const asked = verifications(receiver, `${target}?`).length
    const changes = { name: 'ERP', description: 'new', format: 'json', paused: true }
    const headers = { 'X-Other': 'v', Authorization: 'Bearer x' }
    const answer = await patch(id, { ...changes, headers }).expect(200)
    expect(answer.body).toMatchObject({
      ...changes,
      header_names: ['X-Other', 'Authorization'],
      subscriptions: [{ state: 'paused' }],
    })
    expect(answer.body).toEqual(await read(hub, id))
    expect((await patch(id, { headers: {}, paused: false }).expect(200)).body).toMatchObject({
      header_names: [],
      subscriptions: [{ state: 'active' }],
    })
    expect(verifications(receiver, `${target}?`)).toHaveLength(asked)
  })

  it('nothing is 200 and changes nothing', async () => {
    const made = await activeWebhook(hub, receiver.url(target))
    const { url, topics } = made
    const same = { name: 'CRM', url, topics, secret: SECRET, verification: 'challenge', format: 'jwt' }
    expect((await patch(made.id, same).expect(200)).body).toEqual(await read(hub, made.id))
    expect(await read(hub, made.id)).toEqual(made)
  })

  it('topics asks for the new ones, and tells the callback of those that are gone', async () => {
    const made = await activeWebhook(hub, receiver.url(target), { topics: ['login', 'user'] })
    const kept = made.subscriptions[0]
    const answer = await patch(made.id, { topics: ['login', 'role'] }).expect(202)
    expect(answer.body).toMatchObject({
      topics: ['login', 'role'],
      subscriptions: [kept, { topic: hub.topic('/role'), state: 'pending' }],
    })
    await whenAll(hub, made.id, 'active')
    await receiver.waitFor(() => denials(`${target}?`).length === 1)
    expect(parameter(denials(`${target}?`)[0], 'hub.topic')).toBe(hub.topic('/user'))
    expect(parameter(denials(`${target}?`)[0], 'hub.reason')).toBe('the webhook no longer has this topic')
    await patch(made.id, { topics: ['login'] }).expect(200)
    expect((await read(hub, made.id)).subscriptions).toHaveLength(1)
  })

  it('the URL ends what was, and asks the new one', async () => {
    const made = await activeWebhook(hub, receiver.url(target))
    const url = receiver.url(`${target}-new`)
    const answer = await patch(made.id, { url }).expect(202)
    expect(answer.body).toMatchObject({ url, subscriptions: [{ callback: url, state: 'pending' }] })
    await whenAll(hub, made.id, 'active')
    await receiver.waitFor(() => denials(`${target}?`).length === 1)
    await hub.casdoor(casdoorLogin(target))
    await receiver.waitFor(() => deliveriesTo(receiver, `${target}-new`).length === 1)
    expect(deliveriesTo(receiver, target)).toEqual([])
  })

  it('the secret holds once it is verified, for topics that come later too', async () => {
    const { id, subscriptions } = await activeWebhook(hub, receiver.url(target))
    const { promise: let_go, resolve: release } = Promise.withResolvers<undefined>()
    receiver.reply(async (request) => {
      if (request.method === 'GET') await let_go
      return willing(request)
    })
    const answer = await patch(id, { secret: 'another-secret-7' }).expect(202)
    expect(answer.body).toMatchObject({ subscriptions: [{ state: 'active' }] })
    expect(answer.text).not.toContain('another-secret-7')
    const signedBy = async (secret: string) => {
      const before = deliveriesTo(receiver, target).length
      await hub.casdoor(casdoorLogin(`${target} ${before}`))
      await receiver.waitFor(() => deliveriesTo(receiver, target).length > before)
      return deliveriesTo(receiver, target)
        .slice(before)
        .every(({ headers, body }) => headers['x-hub-signature'] === signature(secret, body))
    }
    expect(await signedBy(SECRET)).toBe(true)
    release(undefined)
    const { verification_at } = subscriptions[0] ?? {}
    await settled(hub, receiver.url(target), (now) => now.verification_at !== verification_at)
    expect(await signedBy('another-secret-7')).toBe(true)
    await patch(id, { topics: ['login/succeeded', 'login'] }).expect(202)
    await whenAll(hub, id, 'active')
    expect(await signedBy('another-secret-7')).toBe(true)
  })

  it.each([
    ['nothing at all', {}, 400],
    ['an unknown field', { nam: 'x' }, 400],
    ['the tenant', { tenant: 'acme' }, 400],
    ['a URL that may not be called', { url: 'http://192.168.0.1/' }, 400],
    ['an unknown topic', { topics: ['nonsense'] }, 400],
    ['no topic', { topics: [] }, 400],
    ['a header that is owned', { headers: { Connection: 'close' } }, 400],
    ['a secret that is too long', { secret: 'é'.repeat(100) }, 400],
    ['an unknown format', { format: 'xml' }, 400],
    ['a pause that is neither', { paused: 'yes' }, 400],
  ])('%s is refused, with all that stands beside it', async (_what, changes, status) => {
    const made = await activeWebhook(hub, receiver.url(target))
    const beside = Object.keys(changes).length === 0 ? {} : { description: 'not this' }
    const answer = await patch(made.id, { ...beside, ...changes }).expect(status)
    expect(answer.headers['content-type']).toBe('application/problem+json')
    expect(await read(hub, made.id)).toEqual(made)
  })

  it('to what is another’s is 409 and changes nothing', async () => {
    await activeWebhook(hub, receiver.url(`${target}-theirs`))
    const made = await activeWebhook(hub, receiver.url(target))
    await patch(made.id, { name: 'x', url: receiver.url(`${target}-theirs`) }).expect(409)
    expect(await read(hub, made.id)).toEqual(made)
  })
})

it('deleting ends its subscriptions, tells the callback, and sends nothing that waits', async () => {
  const { id } = await activeWebhook(hub, receiver.url(target))
  await patch(id, { paused: true }).expect(200)
  await hub.casdoor(casdoorLogin(target))
  await admin(hub, 'delete', `/webhooks/${id}`).expect(204)
  await admin(hub, 'get', `/webhooks/${id}`).expect(404)
  await receiver.waitFor(() => denials(`${target}?`).length === 1)
  expect(await subscriptionsOf(hub, receiver.url(target))).toMatchObject([
    { state: 'ended', ended_why: 'its webhook was deleted', webhook: id },
  ])
  // Made again under the same URL, it gets what comes from then on.
  await activeWebhook(hub, receiver.url(target))
  await hub.casdoor(casdoorLogin(`${target} again`))
  await receiver.waitFor(() => deliveriesTo(receiver, target).length === 1)
  expect(deliveriesTo(receiver, target)).toHaveLength(1)
})
