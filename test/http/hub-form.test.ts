/** `POST /hub`: what a request to subscribe may look like (WebSub §5.1). */
import { beforeAll, describe, expect, it } from 'vitest'
import { type AcmeHub, casdoorLogin } from '../support/acme.ts'
import type { Receiver } from '../support/receiver.ts'
import { startScene } from '../support/scene.ts'
import {
  deliveriesTo,
  formFor,
  isActive,
  parameter,
  post,
  settled,
  signature,
  subscriptionsOf,
  verifications,
} from '../support/subscriptions.ts'

let hub: AcmeHub
let receiver: Receiver

beforeAll(async () => {
  const scene = await startScene({ SIGNET_LEASE_MIN: '300', SIGNET_LEASE_MAX: '1000000' })
  ;({ hub, receiver } = scene)
  return scene.close
})

const encoded = (form: Record<string, string>): string => new URLSearchParams(form).toString()

/** Subscribes to one kind of event, has one happen, and gives back what came. */
async function delivered(body: string | Buffer, target: string) {
  const answer = await fetch(`http://127.0.0.1:${hub.port}/hub`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/x-www-form-urlencoded',
      Authorization: `Bearer ${hub.token}`,
    },
    body,
  })
  expect(answer.status).toBe(202)
  await settled(hub, receiver.url(target), isActive)
  await hub.casdoor(casdoorLogin(target))
  await receiver.waitFor(() => deliveriesTo(receiver, target).length > 0)
  const [delivery] = deliveriesTo(receiver, target)
  return { signature: delivery?.headers['x-hub-signature'], body: delivery?.body ?? Buffer.alloc(0) }
}

describe('the content type', () => {
  it.each([
    'application/x-www-form-urlencoded',
    'APPLICATION/X-WWW-Form-UrlEncoded',
    'application/x-www-form-urlencoded;charset=UTF-8',
    'application/x-www-form-urlencoded; charset=utf-8',
    'application/x-www-form-urlencoded ; Charset="UTF-8"',
  ])('%s is a form', async (type) => {
    await hub.http
      .post('/hub')
      .set('Content-Type', type)
      .set('Authorization', `Bearer ${hub.token}`)
      .send(encoded(formFor(hub, receiver.url('/type'))))
      .expect(202, 'hub.mode=accepted')
  })

  it.each([
    ['subscribe', 'application/json'],
    ['subscribe', 'text/plain'],
    ['unsubscribe', 'multipart/form-data; boundary=x'],
    ['subscribe', 'application/x-www-form-urlencoded-not'],
    ['subscribe', 'application/x-www-form-urlencoded; charset=iso-8859-1'],
  ])('to %s with %s is 415', async (mode, type) => {
    const callback = receiver.url('/other-type')
    const answer = await hub.http
      .post('/hub')
      .query(formFor(hub, callback, { 'hub.mode': mode }))
      .set('Content-Type', type)
      .set('Authorization', `Bearer ${hub.token}`)
      .send('anything')
      .expect(415)
    expect(answer.headers['content-type']).toBe('text/plain; charset=utf-8')
    expect(await subscriptionsOf(hub, callback)).toEqual([])
  })

  it('must be said', async () => {
    const answer = await fetch(`http://127.0.0.1:${hub.port}/hub`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${hub.token}` },
      body: Buffer.from(encoded(formFor(hub, receiver.url('/untyped')))),
    })
    expect(answer.status).toBe(415)
  })
})

describe('decoding', () => {
  it('happens once', async () => {
    const target = '/once?x=%2520%2B'
    const form = formFor(hub, receiver.url(target), { 'hub.topic': hub.topic('/login/succeeded') })
    const { signature: given, body } = await delivered(`${encoded(form)}&hub.secret=a%2Bb%2520+c`, target)
    expect(given).toBe(signature('a+b%20 c', body))
    expect(verifications(receiver, `${target}&`)).toHaveLength(1)
  })

  it('takes UTF-8 that is not percent-encoded for what it is', async () => {
    const target = '/utf8'
    const form = formFor(hub, receiver.url(target), { 'hub.topic': hub.topic('/login/succeeded') })
    const { signature: given, body } = await delivered(
      Buffer.from(`${encoded(form)}&hub.secret=größe`),
      target,
    )
    expect(given).toBe(signature('größe', body))
  })

  it.each([
    ['a broken escape', 'hub.secret=100%'],
    ['an escape that is no UTF-8', 'hub.secret=%FF'],
  ])('refuses %s', async (_what, part) => {
    await post(hub, `${encoded(formFor(hub, receiver.url('/broken')))}&${part}`).expect(
      400,
      /percent-encoded/,
    )
  })

  it('refuses bytes that are no UTF-8', async () => {
    const form = encoded(formFor(hub, receiver.url('/latin1')))
    const answer = await fetch(`http://127.0.0.1:${hub.port}/hub`, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/x-www-form-urlencoded',
        Authorization: `Bearer ${hub.token}`,
      },
      body: Buffer.from(`${form}&hub.secret=größe`, 'latin1'),
    })
    expect(answer.status).toBe(400)
  })
})

describe('a parameter', () => {
  it.each(['hub.mode', 'hub.topic', 'hub.callback'])('%s is required, and not empty', async (name) => {
    const form = formFor(hub, receiver.url('/missing'))
    const without = Object.entries(form).filter(([given]) => given !== name)
    await post(hub, Object.fromEntries(without)).expect(400, new RegExp(`^${name}|hub.mode`))
    await post(hub, { ...form, [name]: '' }).expect(400, new RegExp(`^${name}|hub.mode`))
    expect(await subscriptionsOf(hub, receiver.url('/missing'))).toEqual([])
  })

  it.each([
    'hub.mode',
    'hub.topic',
    'hub.callback',
    'hub.secret',
    'hub.lease_seconds',
    'hub.verify_token',
    'access_token',
  ])('%s stands once', async (name) => {
    const form = formFor(hub, receiver.url('/twice'), { 'hub.secret': 's', 'hub.lease_seconds': '600' })
    const value = form[name] ?? 'v'
    const twice = `${encoded({ ...form, [name]: value })}&${encoded({ [name]: value })}`
    await post(hub, twice).expect(400, new RegExp(`^${name.replace('.', '\\.')} is given more than once`))
    expect(await subscriptionsOf(hub, receiver.url('/twice'))).toEqual([])
  })

  it('stands once in the query and the body together', async () => {
    const { 'hub.topic': topic = '', ...form } = formFor(hub, receiver.url('/both'))
    await post(hub, { ...form, 'hub.topic': topic })
      .query({ 'hub.topic': topic })
      .expect(400, /^hub\.topic is given more/)
  })

  it('may stand in the query', async () => {
    const { 'hub.callback': callback = '', ...query } = formFor(hub, receiver.url('/query'))
    await post(hub, { 'hub.callback': callback }).query(query).expect(202)
    await settled(hub, callback, isActive)
  })

  it('that the hub does not know is ignored, and so is a header', async () => {
    const callback = receiver.url('/unknown')
    await post(hub, `${encoded(formFor(hub, callback, { 'hub.nonsense': '1', lease: '' }))}&x=1&x=2`)
      .set('X-Hub-Nonsense', '1')
      .expect(202)
    await settled(hub, callback, isActive)
  })

  it('hub.verify is ignored, and hub.verify_token repeated', async () => {
    const callback = receiver.url('/verify-token')
    const token = 'tok=1&é /+'
    const form = encoded(formFor(hub, callback, { 'hub.verify_token': token, 'hub.verify': 'sync' }))
    await post(hub, `${form}&hub.verify=async`).expect(202)
    await settled(hub, callback, isActive)
    const [asked] = verifications(receiver, '/verify-token')
    expect(parameter(asked, 'hub.verify_token')).toBe(token)
    expect(asked?.url).not.toContain('hub.verify=')
  })

  it.each(['publisher', 'Subscribe', 'denied', 'subscribe '])('hub.mode=%s is unknown', async (mode) => {
    await post(hub, formFor(hub, receiver.url('/mode'), { 'hub.mode': mode })).expect(400, /^hub\.mode/)
  })
})

describe('the callback', () => {
  it.each([
    ['a fragment', 'http://127.0.0.1:9/cb#part', /fragment/],
    ['an empty fragment', 'http://127.0.0.1:9/cb#', /fragment/],
    ['no scheme', '127.0.0.1:9/cb', /absolute/],
    ['a path alone', '/cb', /absolute/],
    ['another scheme', 'ftp://127.0.0.1/cb', /absolute/],
    ['a user', 'http://me@127.0.0.1:9/cb', /user name/],
    ['a private address', 'https://10.0.0.1/cb', /not allowed/],
  ])('with %s is refused', async (_what, callback, sentence) => {
    const { text } = await post(hub, formFor(hub, callback)).expect(400, sentence)
    expect(text.trim().split('\n')).toHaveLength(1)
  })
})

describe('hub.secret', () => {
  it.each([
    ['199 bytes', 'x'.repeat(199), 202],
    ['99 two-byte characters', 'é'.repeat(99), 202],
    ['200 bytes', 'x'.repeat(200), 400],
    ['120 two-byte characters', 'é'.repeat(120), 400],
  ])('of %s', async (_what, secret, status) => {
    await post(hub, formFor(hub, receiver.url('/long-secret'), { 'hub.secret': secret })).expect(status)
  })

  it('of 199 bytes signs', async () => {
    const secret = 'é'.repeat(99) + 'x'
    const form = formFor(hub, receiver.url('/199'), {
      'hub.topic': hub.topic('/login/succeeded'),
      'hub.secret': secret,
    })
    const { signature: given, body } = await delivered(encoded(form), '/199')
    expect(given).toBe(signature(secret, body))
  })

  it('that is empty counts as none', async () => {
    const form = formFor(hub, receiver.url('/no-secret'), {
      'hub.topic': hub.topic('/login/succeeded'),
      'hub.secret': '',
    })
    expect((await delivered(encoded(form), '/no-secret')).signature).toBeUndefined()
  })
})

describe('hub.lease_seconds', () => {
  it.each(['', '0', '-1', '1.5', '1e3', '0x10', 'abc', ' 600', '٣٠٠', 'Infinity'])(
    '"%s" is refused',
    async (lease) => {
      await post(hub, formFor(hub, receiver.url('/nonsense'), { 'hub.lease_seconds': lease })).expect(
        400,
        /^hub\.lease_seconds/,
      )
      expect(await subscriptionsOf(hub, receiver.url('/nonsense'))).toEqual([])
    },
  )

  it.each([
    ['none', undefined, 864_000],
    ['1', '1', 300],
    ['one in range', '86400', 86_400],
    ['one with leading zeros', '000600', 600],
    ['one above', '1000001', 1_000_000],
    ['one far above', '9'.repeat(30), 1_000_000],
  ])('for %s the challenge says what is granted', async (what, lease, granted) => {
    const target = `/lease/${what.replaceAll(' ', '-')}`
    const callback = receiver.url(target)
    const before = Date.now()
    await post(hub, formFor(hub, callback, lease === undefined ? {} : { 'hub.lease_seconds': lease })).expect(
      202,
    )
    const subscription = await settled(hub, callback, isActive)
    const [asked] = verifications(receiver, target)
    expect(parameter(asked, 'hub.lease_seconds')).toBe(String(granted))
    const ends = Date.parse(subscription.lease_expires_at ?? '') - granted * 1000
    expect(ends).toBeGreaterThanOrEqual(before)
    expect(ends).toBeLessThanOrEqual(asked?.at ?? 0)
  })

  it('is ignored on unsubscribe', async () => {
    const form = { 'hub.mode': 'unsubscribe', 'hub.lease_seconds': 'nonsense' }
    await post(hub, formFor(hub, receiver.url('/leaving'), form)).expect(202, 'hub.mode=accepted')
  })
})

it('is refused when it is too large, without being read to the end', async () => {
  const form = encoded(formFor(hub, receiver.url('/large')))
  const answer = await post(hub, `${form}&x=${'x'.repeat(262_144)}`).expect(413)
  expect(answer.text).toBe('The body is larger than 262144 bytes.\n')
  expect(await subscriptionsOf(hub, receiver.url('/large'))).toEqual([])
})
