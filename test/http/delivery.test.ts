/** Content distribution (WebSub §7), as a callback sees it. */
import { beforeAll, describe, expect, it } from 'vitest'
import { type AcmeHub, casdoorLogin, startAcme } from '../support/acme.ts'
import { type Received, type Receiver, willing } from '../support/receiver.ts'
import { startScene } from '../support/scene.ts'
import {
  deliveriesTo,
  type Form,
  formFor,
  isActive,
  post,
  settled,
  signature,
} from '../support/subscriptions.ts'
import { until } from '../support/until.ts'

let hub: AcmeHub
let receiver: Receiver

beforeAll(async () => {
  const scene = await startScene({ SIGNET_RETRY_SCHEDULE: '40ms,40ms' })
  ;({ hub, receiver } = scene)
  return scene.close
})

interface DeliveryView {
  id: string
  subscription: string
  jti: string
  state: string
  attempts: number
  receipts: { attempt: number; status: number | null; outcome: string }[]
}

async function subscribed(target: string, changes: Form = {}) {
  const callback = receiver.url(target)
  await post(hub, formFor(hub, callback, { 'hub.topic': hub.topic('/login/succeeded'), ...changes })).expect(
    202,
  )
  return settled(hub, callback, isActive)
}

async function happen(name: string): Promise<string> {
  const { events } = await hub.casdoor(casdoorLogin(name))
  return events.find(({ topic }) => topic === hub.topic('/login/succeeded'))?.jti ?? ''
}

/** The delivery of an event to a subscription, with its attempts, once it is settled. */
async function outcome(subscription: string, jti: string): Promise<DeliveryView> {
  let found: DeliveryView | undefined
  await until(async () => {
    const { items } = await hub.admin.get<{ items: DeliveryView[] }>('/deliveries?limit=500')
    found = items.find((item) => item.subscription === subscription && item.jti === jti)
    return found !== undefined && found.state !== 'waiting'
  })
  return hub.admin.get<DeliveryView & Record<string, unknown>>(`/deliveries/${found?.id ?? ''}`)
}

/** The first delivery to a target. */
async function arrived(target: string): Promise<Received> {
  await receiver.waitFor(() => deliveriesTo(receiver, target).length > 0)
  const [delivery] = deliveriesTo(receiver, target)
  if (delivery === undefined) throw new Error(`nothing came to ${target}`)
  return delivery
}

/** Answers the POSTs at this target alone. */
const answerAt = (
  target: string,
  status: number,
  more: { headers?: Record<string, string>; body?: string } = {},
) =>
  receiver.reply((request) =>
    request.method === 'POST' && request.url === target ? { status, ...more } : willing(request),
  )

const headersNamed = ({ rawHeaders }: Received, name: string): string[] =>
  rawHeaders.filter(([given]) => given.toLowerCase() === name).map(([, value]) => value)

describe('the request', () => {
  it('goes to the exact callback, with its query', async () => {
    const target = "/exact/../cb?a=%20b%7e&a=+&hub.mode=mine&q='|"
    await subscribed(target)
    await happen('exact')
    await arrived(target)
  })

  it('goes to a callback without a path', async () => {
    const callback = `http://127.0.0.1:${receiver.port}?no=path`
    await post(hub, formFor(hub, callback, { 'hub.topic': hub.topic('/login/succeeded') })).expect(202)
    await settled(hub, callback, isActive)
    await happen('no path')
    await arrived('/?no=path')
  })

  it('says once each what it is, where it comes from and who sends it', async () => {
    await subscribed('/headers')
    await happen('headers')
    const delivery = await arrived('/headers')
    const page = await hub.http.head('/topics/acme').set('Authorization', `Bearer ${hub.token}`)
    const advertised = /<([^>]*)>; rel="hub"/.exec(page.headers.link ?? '')?.[1] ?? ''
    expect(advertised).toBe(`${hub.url}/hub`)
    expect(headersNamed(delivery, 'link')).toEqual([
      `<${advertised}>; rel="hub", <${hub.topic('/login/succeeded')}>; rel="self"`,
    ])
    expect(headersNamed(delivery, 'content-type')).toEqual(['application/secevent+jwt'])
    expect(headersNamed(delivery, 'accept')).toEqual(['application/json'])
    expect(headersNamed(delivery, 'user-agent')).toEqual([expect.stringMatching(/^Signet\/\d/)])
    expect(headersNamed(delivery, 'x-hub-signature')).toEqual([])
    expect(delivery.body.toString()).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/)
  })

  it('is signed once with a secret, over the very bytes', async () => {
    await subscribed('/signed', { 'hub.secret': 'größe' })
    await happen('signed')
    const delivery = await arrived('/signed')
    expect(headersNamed(delivery, 'x-hub-signature')).toEqual([signature('größe', delivery.body)])
  })

  it.each(['sha384', 'sha512', 'sha1'])('is signed with %s where the operator says so', async (alg) => {
    const other = await startAcme({ env: { SIGNET_SIGNATURE_ALG: alg } })
    try {
      await other.subscribe(receiver, { topic: '/login/succeeded', target: `/${alg}`, secret: 's' })
      await other.casdoor(casdoorLogin(alg))
      const delivery = await arrived(`/${alg}`)
      expect(headersNamed(delivery, 'x-hub-signature')).toEqual([signature('s', delivery.body, alg)])
    } finally {
      await other.close()
    }
  })

  it('comes once for each subscription of overlapping topics, with one jti', async () => {
    const topics = ['/login/succeeded', '/login', ''].map((path) => hub.topic(path))
    for (const topic of topics) {
      await post(hub, formFor(hub, receiver.url('/overlap'), { 'hub.topic': topic })).expect(202)
    }
    await until(async () => {
      const { items } = await hub.admin.get<{ items: { callback: string; state: string }[] }>(
        '/subscriptions',
      )
      return (
        items.filter((item) => item.callback === receiver.url('/overlap') && item.state === 'active')
          .length === 3
      )
    })
    const jti = await happen('overlap')
    await receiver.waitFor(() => deliveriesTo(receiver, '/overlap').filter(carries(jti)).length === 3)
    const same = deliveriesTo(receiver, '/overlap').filter(carries(jti))
    expect(new Set(same.map(({ body }) => body.toString())).size).toBe(1)
    const selves = same.map(({ headers }) => /<([^>]*)>; rel="self"/.exec(headers.link ?? '')?.[1])
    expect(selves.sort()).toEqual([...topics].sort())
  })
})

const carries =
  (jti: string) =>
  ({ body }: Received): boolean =>
    jtiOf(body) === jti

const jtiOf = (body: Buffer): string => {
  const claims = Buffer.from(body.toString().split('.')[1] ?? '', 'base64url').toString()
  return (JSON.parse(claims) as { jti: string }).jti
}

describe('the answer', () => {
  it.each([200, 201, 202, 204, 299])('%i is success, whatever the body', async (status) => {
    const target = `/fine/${status}`
    const { id } = await subscribed(target)
    answerAt(target, status, status === 204 ? {} : { body: '{"err":"invalid_request"}'.repeat(1000) })
    const jti = await happen(target)
    expect(await outcome(id, jti)).toMatchObject({ state: 'delivered', attempts: 1, receipts: [{ status }] })
  })

  it('200 is success, though its body never comes', async () => {
    const { id } = await subscribed('/dribbles')
    receiver.reply((request) =>
      request.url === '/dribbles'
        ? (response) => {
            response.writeHead(200, { 'Content-Length': '1000' }).flushHeaders()
          }
        : willing(request),
    )
    const jti = await happen('/dribbles')
    expect(await outcome(id, jti)).toMatchObject({ state: 'delivered', attempts: 1 })
  })

  it.each([301, 302, 307, 308, 304, 400, 403, 404, 500, 503])(
    '%i is tried again with the same bytes, then given up',
    async (status) => {
      const target = `/not-fine/${status}`
      const { id } = await subscribed(target, { 'hub.secret': 's' })
      answerAt(target, status, { headers: { Location: receiver.url('/followed') } })
      const jti = await happen(target)
      expect(await outcome(id, jti)).toMatchObject({
        state: 'dead',
        attempts: 3,
        receipts: [1, 2, 3].map((attempt) => ({ attempt, status, outcome: 'refused' })),
      })
      const tries = deliveriesTo(receiver, target)
      expect(tries).toHaveLength(3)
      expect(new Set(tries.map(({ body }) => body.toString())).size).toBe(1)
      expect(new Set(tries.map(({ headers }) => headers['x-hub-signature'])).size).toBe(1)
      expect(receiver.requests.filter(({ url }) => url === '/followed')).toEqual([])

      // The notification is given up, never the subscription.
      receiver.reply(willing)
      const next = await happen(`${target} next`)
      expect(await outcome(id, next)).toMatchObject({ state: 'delivered', attempts: 1 })
      await settled(hub, receiver.url(target), isActive)
    },
  )

  it('that comes at the third try is in time', async () => {
    const { id } = await subscribed('/third')
    receiver.reply((request) =>
      request.url === '/third' && deliveriesTo(receiver, '/third').length < 3
        ? { status: 503 }
        : willing(request),
    )
    const jti = await happen('third')
    expect(await outcome(id, jti)).toMatchObject({
      state: 'delivered',
      receipts: [{ status: 503 }, { status: 503 }, { status: 204, outcome: 'delivered' }],
    })
  })

  it('that breaks off is a fault, and tried again', async () => {
    const { id } = await subscribed('/broken')
    receiver.reply((request) =>
      request.url === '/broken' && deliveriesTo(receiver, '/broken').length === 1
        ? (response) => response.socket?.destroy()
        : willing(request),
    )
    const jti = await happen('broken')
    expect(await outcome(id, jti)).toMatchObject({
      state: 'delivered',
      receipts: [{ status: null, outcome: 'connect' }, { status: 204 }],
    })
  })

  it('410 ends this one subscription', async () => {
    const { id } = await subscribed('/gone')
    const other = receiver.url('/gone')
    await post(hub, formFor(hub, other, { 'hub.topic': hub.topic('/login') })).expect(202)
    receiver.reply((request) =>
      request.url === '/gone' && request.headers.link?.includes('succeeded>; rel="self"') === true
        ? { status: 410 }
        : willing(request),
    )
    await until(async () => {
      const { items } = await hub.admin.get<{ items: { callback: string; state: string }[] }>(
        '/subscriptions',
      )
      return items.filter(({ callback, state }) => callback === other && state === 'active').length === 2
    })
    const jti = await happen('gone')
    expect(await outcome(id, jti)).toMatchObject({ state: 'dead', attempts: 1, receipts: [{ status: 410 }] })
    const ended = await hub.admin.get(`/subscriptions/${id}`)
    expect(ended).toMatchObject({ state: 'ended', ended_why: 'the callback answered 410 Gone' })

    const next = await happen('gone next')
    await receiver.waitFor(() => deliveriesTo(receiver, '/gone').filter(carries(next)).length === 1)
    const { items } = await hub.admin.get<{ items: DeliveryView[] }>('/deliveries?limit=500')
    expect(items.filter((item) => item.jti === next && item.subscription === id)).toEqual([])
  })
})
