/** Who loses a subscription is told (WebSub §5.2), also when what is told about is gone by then. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type AcmeHub, casdoorLogin, startAcme } from '../support/acme.ts'
import { type Received, type Receiver, type Script, startReceiver, willing } from '../support/receiver.ts'
import {
  deliveriesTo,
  formFor,
  isActive,
  parameter,
  post,
  settled,
  subscriptionsOf,
  verifications,
} from '../support/subscriptions.ts'
import { activeWebhook } from '../support/webhooks.ts'
import { adapter, makeWso2Source, SESSIONS } from '../support/wso2.ts'

let hub: AcmeHub
let receiver: Receiver

beforeEach(async () => {
  hub = await startAcme()
  receiver = await startReceiver()
})
afterEach(async () => {
  await hub.close()
  await receiver.close()
})

const isDenial = (request: Received): boolean => parameter(request, 'hub.mode') === 'denied'
const denials = (target: string) => verifications(receiver, target).filter(isDenial)

async function told(target: string): Promise<Received | undefined> {
  await receiver.waitFor(() => denials(target).length > 0)
  return denials(target)[0]
}

async function subscribed(target: string, token = hub.token): Promise<string> {
  await post(hub, formFor(hub, receiver.url(target)), token).expect(202)
  return (await settled(hub, receiver.url(target), isActive)).id
}

/** Answers denials in this way, and everything else willingly. */
const denied =
  (answer: Script): Script =>
  (request) =>
    isDenial(request) ? answer(request) : willing(request)

describe('deleting a subscription', () => {
  it('tells its callback, behind the callback’s own query', async () => {
    const target = '/one?key=%7e&hub.mode=own'
    const id = await subscribed(target)
    await hub.admin.delete(`/subscriptions/${id}`)
    const topic = encodeURIComponent(hub.topic())
    expect((await told('/one'))?.url).toBe(
      `${target}&hub.mode=denied&hub.topic=${topic}&hub.reason=the%20subscription%20was%20deleted`,
    )
    expect(await subscriptionsOf(hub, receiver.url(target))).toEqual([])
  })

  it('tells a callback that is being asked, and its late yes changes nothing', async () => {
    const late = Promise.withResolvers<undefined>()
    receiver.reply(async (request) => {
      if (!isDenial(request)) await late.promise
      return willing(request)
    })
    await post(hub, formFor(hub, receiver.url('/asked'))).expect(202)
    await receiver.waitFor(() => verifications(receiver, '/asked').length === 1)
    const [pending] = await subscriptionsOf(hub, receiver.url('/asked'))
    await hub.admin.delete(`/subscriptions/${pending?.id ?? ''}`)
    await told('/asked')
    late.resolve(undefined)
    await subscribed('/behind')
    expect(await subscriptionsOf(hub, receiver.url('/asked'))).toEqual([])
  })

  it('says nothing where nothing was left to lose', async () => {
    const id = await subscribed('/left')
    await post(hub, formFor(hub, receiver.url('/left'), { 'hub.mode': 'unsubscribe' })).expect(202)
    await settled(hub, receiver.url('/left'), ({ state }) => state === 'ended')
    await hub.admin.delete(`/subscriptions/${id}`)
    const other = await subscribed('/other')
    await hub.admin.delete(`/subscriptions/${other}`)
    await told('/other')
    expect(denials('/left')).toEqual([])
  })

  it('is told once more when nobody heard it, also after a restart', async () => {
    const id = await subscribed('/deaf')
    receiver.reply(denied(() => ({ status: 503 })))
    await hub.admin.delete(`/subscriptions/${id}`)
    await told('/deaf')
    await hub.stop()
    receiver.reply(willing)
    // Later than any wait between two tries.
    const clock = { now: () => Date.now() + 60_000 }
    hub = await startAcme({ folder: hub.folder, overrides: { clock } })
    await receiver.waitFor(() => denials('/deaf').length === 2)
  })

  it('is not told any more to a callback that has subscribed again since', async () => {
    let ahead = 0
    await hub.close()
    hub = await startAcme({ overrides: { clock: { now: () => Date.now() + ahead } } })
    const id = await subscribed('/again')
    receiver.reply(denied(() => ({ status: 503 })))
    await hub.admin.delete(`/subscriptions/${id}`)
    await told('/again')
    await subscribed('/again')
    ahead += 60_000
    // Its denial falls due after the other, and is told: the other would have been before it.
    const other = await subscribed('/other')
    await hub.admin.delete(`/subscriptions/${other}`)
    await told('/other')
    expect(denials('/again')).toHaveLength(1)
  })
})

describe('deleting a source', () => {
  it('tells those who are subscribed to the topics that it registered', async () => {
    await makeWso2Source(hub)
    await adapter(hub).register(SESSIONS).expect(200)
    await adapter(hub).subscribe(SESSIONS, receiver.url('/customer')).expect(202)
    await settled(hub, receiver.url('/customer'), isActive)
    await hub.admin.delete('/sources/wso2')
    const denial = await told('/customer')
    expect(parameter(denial, 'hub.topic')).toBe(SESSIONS)
    expect(parameter(denial, 'hub.reason')).toBe('the topic is no longer published')
  })
})

describe('deleting a tenant', () => {
  it('tells every callback, but not the webhooks that are not asked', async () => {
    await subscribed('/siem')
    await activeWebhook(hub, receiver.url('/asked'))
    await activeWebhook(hub, receiver.url('/vouched'), { verification: 'operator' })
    await makeWso2Source(hub)
    await adapter(hub).register(SESSIONS).expect(200)
    await adapter(hub).subscribe(SESSIONS, receiver.url('/customer')).expect(202)
    await settled(hub, receiver.url('/customer'), isActive)
    await hub.admin.delete('/tenants/acme')
    for (const target of ['/siem', '/asked', '/customer']) {
      expect(parameter(await told(target), 'hub.reason')).toBe('the topic is no longer published')
    }
    expect(verifications(receiver, '/vouched')).toEqual([])
  })

  it('sends nothing more of what waits', async () => {
    await subscribed('/waits')
    receiver.reply((request) => (request.method === 'POST' ? { status: 503 } : willing(request)))
    await hub.casdoor(casdoorLogin('waits'))
    await receiver.waitFor(() => deliveriesTo(receiver, '/waits').length > 0)
    await hub.admin.delete('/tenants/acme')
    await told('/waits')
    const { items } = await hub.admin.get<{ items: unknown[] }>('/deliveries')
    expect(items).toEqual([])
  })
})

describe('deleting a webhook’s subscription alone', () => {
  it.each([
    ['challenge', 1],
    ['operator', 0],
  ])('whose verification is %s tells %i', async (verification, count) => {
    const webhook = await activeWebhook(hub, receiver.url('/hook'), { verification })
    await hub.admin.delete(`/subscriptions/${webhook.subscriptions[0]?.id ?? ''}`)
    const other = await subscribed('/other')
    await hub.admin.delete(`/subscriptions/${other}`)
    await told('/other')
    expect(denials('/hook')).toHaveLength(count)
  })
})
