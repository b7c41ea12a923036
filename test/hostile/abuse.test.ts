/** What a subscriber with a good token may try: to make the hub a weapon, or a burden. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type AcmeHub, casdoorLogin, startAcme } from '../support/acme.ts'
import { type Receiver, startReceiver, willing } from '../support/receiver.ts'
import {
  deliveriesTo,
  formFor,
  isActive,
  post,
  settled,
  signature,
  subscriptionsOf,
} from '../support/subscriptions.ts'
import { until } from '../support/until.ts'
import { scale } from './scale.ts'

let hub: AcmeHub
let receiver: Receiver
beforeEach(async () => {
  hub = await startAcme({
    env: { SIGNET_OUTBOUND_ALLOW: '127.0.0.0/8,localhost', SIGNET_TRUSTED_PROXIES: '127.0.0.1' },
  })
  receiver = await startReceiver()
})
afterEach(async () => {
  await receiver.close()
  await hub.close()
})

async function inParallel(count: number, task: (n: number) => Promise<unknown>): Promise<void> {
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < count) await task(next++)
  }
  await Promise.all(Array.from({ length: 20 }, worker))
}

describe('many subscriptions of one victim', () => {
  const COUNT = 200 * scale

  it(
    'who never answers is asked by five at a time, and costs nobody else anything',
    { timeout: 600_000 },
    async () => {
      const asked = { now: 0, most: 0 }
      const victim = await startReceiver({
        script: () => (response) => {
          asked.now += 1
          asked.most = Math.max(asked.most, asked.now)
          response.on('close', () => (asked.now -= 1))
        },
      })
      try {
        const statuses = new Set<number>()
        await inParallel(COUNT, async (n) => {
          const request = post(hub, formFor(hub, victim.url(`/victim/${n}`))).set(
            'X-Forwarded-For',
            '203.0.113.1',
          )
          statuses.add((await request).status)
        })
        // Its share of the queue, and not one more.
        expect([...statuses].sort()).toEqual(COUNT > 1_000 ? [202, 429] : [202])
        const url = receiver.url('/bystander').replace('127.0.0.1', 'localhost')
        await post(hub, formFor(hub, url)).set('X-Forwarded-For', '203.0.113.2').expect(202)
        await settled(hub, url, isActive)
        await hub.casdoor(casdoorLogin('beside the victim'))
        await receiver.waitFor(() => deliveriesTo(receiver, '/bystander').length === 2)
        expect(asked.most).toBe(5)
      } finally {
        await victim.close()
      }
    },
  )

  it('who says no is soon asked only now and then', { timeout: 60_000 }, async () => {
    const victim = await startReceiver({ script: () => ({ status: 404 }) })
    try {
      await inParallel(150, (n) => post(hub, formFor(hub, victim.url(`/victim/${n}`))).expect(202))
      await until(() => Promise.resolve(victim.requests.length >= 20))
      // At the most: those that were under way at the twentieth no, and a handful for each second since.
      const [first] = victim.requests
      const seconds = Math.ceil((Date.now() - (first?.at ?? 0)) / 1_000)
      expect(victim.requests.length).toBeLessThanOrEqual(25 + 5 * seconds)
    } finally {
      await victim.close()
    }
  })
})

describe('subscribing again in a loop', () => {
  it('is one subscription, and one request that waits', { timeout: 60_000 }, async () => {
    const asked = { now: 0, most: 0 }
    receiver.reply(() => (response) => {
      asked.now += 1
      asked.most = Math.max(asked.most, asked.now)
      response.on('close', () => (asked.now -= 1))
    })
    const url = receiver.url('/again')
    // Faster than one client may: from an address of its own for each thousand.
    await inParallel(100 * scale, (n) =>
      post(hub, formFor(hub, url))
        .set('X-Forwarded-For', `203.0.113.${Math.floor(n / 1_000)}`)
        .expect(202),
    )
    expect(asked.most).toBeLessThanOrEqual(5)
    receiver.reply(willing)
    await post(hub, formFor(hub, url)).expect(202)
    await settled(hub, url, isActive)
    expect(await subscriptionsOf(hub, url)).toHaveLength(1)
    await hub.casdoor(casdoorLogin('once'))
    await receiver.waitFor(() => deliveriesTo(receiver, '/again').length >= 2)
    // A login is two events.
    const jtis = deliveriesTo(receiver, '/again').map(({ body }) => body.toString())
    expect(new Set(jtis).size).toBe(jtis.length)
  })
})

describe('a secret that is replaced while deliveries are under way', () => {
  it('signs each delivery with the one secret or the other, and at last with the new one alone', async () => {
    await hub.subscribe(receiver, { topic: '/login/succeeded', target: '/secret', secret: 'old' })
    let n = 0
    const publishing = inParallel(40, () => hub.casdoor(casdoorLogin(`flight ${(n += 1)}`)))
    const form = formFor(hub, receiver.url('/secret'), {
      'hub.topic': hub.topic('/login/succeeded'),
      'hub.secret': 'new',
    })
    await post(hub, form).expect(202)
    await publishing
    await receiver.waitFor(() => deliveriesTo(receiver, '/secret').length === 40, { timeoutMs: 20_000 })
    await until(async () => {
      const [only] = await subscriptionsOf(hub, receiver.url('/secret'))
      const { verifications } = await hub.admin.get<{ verifications: { outcome: string }[] }>(
        `/subscriptions/${only?.id ?? ''}`,
      )
      return verifications.filter(({ outcome }) => outcome === 'confirmed').length === 2
    })
    await hub.casdoor(casdoorLogin('after'))
    await receiver.waitFor(() => deliveriesTo(receiver, '/secret').length === 41)
    const all = deliveriesTo(receiver, '/secret')
    for (const { body, headers } of all) {
      expect([signature('old', body), signature('new', body)]).toContain(headers['x-hub-signature'])
    }
    const last = all.at(-1)
    expect(last?.headers['x-hub-signature']).toBe(signature('new', last?.body ?? Buffer.alloc(0)))
  })
})

describe('a subscriber that is deleted with many deliveries waiting', () => {
  it('is gone at once, gets nothing more, and holds up nobody', { timeout: 600_000 }, async () => {
    const { promise: released, resolve: release } = Promise.withResolvers<undefined>()
    await hub.subscribe(receiver, { topic: '/login/succeeded', target: '/gone' })
    receiver.reply((request) => released.then(() => willing(request)))
    const count = 60 * scale
    await inParallel(count, (n) => hub.casdoor(casdoorLogin(`waiting ${n}`)))
    await receiver.waitFor((requests) => requests.some(({ method }) => method === 'POST'))
    await hub.admin.delete('/subscribers/siem')
    const under = receiver.deliveries().length
    const made = await hub.admin.post<{ token: string }>('/subscribers', {
      id: 'next',
      tenant: 'acme',
      topics: ['*'],
    })
    const next = await startReceiver()
    try {
      const form = formFor(hub, next.url('/next'), { 'hub.topic': hub.topic('/login/succeeded') })
      await post(hub, form, made.token).expect(202)
      await settled(hub, next.url('/next'), isActive)
      await hub.casdoor(casdoorLogin('for the next'))
      await next.waitFor(() => next.deliveries().length === 1)
      expect(receiver.deliveries()).toHaveLength(under)
      release(undefined)
      const { items } = await hub.admin.get<{ items: { state: string }[] }>('/deliveries?limit=500')
      await until(
        async () =>
          (await hub.admin.get<{ items: { state: string }[] }>('/deliveries?limit=500')).items.every(
            ({ state }) => state !== 'waiting',
          ),
        { timeoutMs: 60_000 },
      )
      expect(items.length).toBeGreaterThan(0)
    } finally {
      await next.close()
    }
  })
})
