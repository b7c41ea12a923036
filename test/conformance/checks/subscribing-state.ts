/** What a subscription is, and when it changes (WebSub §5.1): never before the callback has agreed. */
import { type Check, check, must } from '../check.ts'
import type { Context } from '../context.ts'
import { told } from '../hub-client.ts'
import { type Callback, echo, isSigned, parameters } from '../site/callback.ts'
import { header, type Reply } from '../site/server.ts'
import type { Topic } from '../site/topic.ts'
import { subscribeShortly } from './lease.ts'
import { signatureOf } from './rocks.ts'

/** Milliseconds by which a network, or a busy machine, may put two messages in another order. */
const TOLERANCE = 1_000

async function signedWith(context: Context, topic: Topic, callback: Callback, secret: string): Promise<void> {
  const delivery = await context.delivered(callback, await context.publish(topic))
  must(isSigned(delivery, secret), `not signed with "${secret}": ${signatureOf(delivery)}`)
}

/** A callback whose answers to verifications wait, once `hold` is called, until they are let go. */
function holding(context: Context): { callback: Callback; hold: () => void; release: () => void } {
  let gate: Promise<void> = Promise.resolve()
  let release = (): void => undefined
  const callback = context.callback({ verify: (request) => gate.then(() => echo(request)) })
  return {
    callback,
    hold: () => {
      gate = new Promise((resolve) => (release = resolve))
    },
    release: () => release(),
  }
}

const refusing = (): Reply => ({ status: 404 })

export const state: Check[] = [
  check(
    'subscribing/accepted-first',
    5,
    'must',
    'answers 202 before it asks the callback',
    async (context) => {
      const { callback, hold, release } = holding(context)
      hold()
      const answering = context.ask('subscribe', context.topic(), callback)
      const early = await Promise.race([answering, context.pause(context.options.patience)])
      release()
      must(early !== undefined, 'no answer until the verification was answered')
      must(early.status === 202, `the answer was ${told(early)}`)
      must(await context.until(() => callback.verifications().length > 0), 'no verification came')
      const lead = early.at - (callback.verifications()[0]?.at ?? 0)
      must(lead < TOLERANCE, `the verification came ${lead} ms before the answer`)
    },
  ),
  check(
    'subscribing/accepted-whatever',
    5,
    'must',
    'answers 202 whatever the verification will bring',
    async (context) => {
      const no = await context.ask(
        'subscribe',
        context.topic(),
        context.callback({ verify: () => ({ status: 404 }) }),
      )
      must(no.status === 202, `a callback that says no: ${told(no)}`)
      const broken = context.callback({ verify: () => (response) => void response.socket?.destroy() })
      const silent = await context.ask('subscribe', context.topic(), broken)
      must(silent.status === 202, `a callback that breaks off: ${told(silent)}`)
    },
  ),
  check('subscribing/rotation', 6, 'must', 'signs with the new secret once verified', async (context) => {
    const topic = context.topic()
    const callback = context.callback()
    await context.subscribe(topic, callback, [['hub.secret', 'first']])
    await signedWith(context, topic, callback, 'first')
    await context.subscribe(topic, callback, [['hub.secret', 'second']])
    await signedWith(context, topic, callback, 'second')
  }),
  check(
    'subscribing/rotation-once-verified',
    6,
    'strict',
    'signs with the old secret while the new one is not verified',
    async (context) => {
      const topic = context.topic()
      const { callback, hold, release } = holding(context)
      await context.subscribe(topic, callback, [['hub.secret', 'first']])
      hold()
      try {
        const answer = await context.ask('subscribe', topic, callback, [['hub.secret', 'second']])
        must(answer.status === 202, `the answer was ${told(answer)}`)
        must(await context.until(() => callback.verifications().length > 1), 'no second verification came')
        await signedWith(context, topic, callback, 'first')
      } finally {
        release()
      }
    },
  ),
  check('subscribing/secret-dropped', 6, 'must', 'signs no more once no secret is given', async (context) => {
    const topic = context.topic()
    const callback = context.callback()
    await context.subscribe(topic, callback, [['hub.secret', 'first']])
    await context.subscribe(topic, callback)
    const delivery = await context.delivered(callback, await context.publish(topic))
    must(header(delivery, 'X-Hub-Signature').length === 0, `the signature was ${signatureOf(delivery)}`)
  }),
  check(
    'subscribing/failed-again',
    6,
    'must',
    'leaves the secret as it was when subscribing again fails',
    async (context) => {
      const topic = context.topic()
      const callback = context.callback()
      await context.subscribe(topic, callback, [['hub.secret', 'first']])
      callback.verify = refusing
      await context.subscribe(topic, callback, [['hub.secret', 'second']])
      await signedWith(context, topic, callback, 'first')
    },
  ),
  check(
    'subscribing/failed-again-lease',
    6,
    'must',
    'leaves the lease as it was when subscribing again fails',
    async (context) => {
      const topic = context.topic()
      const callback = context.callback()
      await context.subscribe(topic, callback)
      callback.verify = refusing
      const endsAt = await subscribeShortly(context, topic, callback)
      await context.pause(endsAt + context.options.settle - Date.now())
      await context.delivered(callback, await context.publish(topic))
    },
  ),
  check('subscribing/renewal', 6, 'must', 'prolongs a lease when asked again', async (context) => {
    const topic = context.topic()
    const callback = context.callback()
    const endsAt = await subscribeShortly(context, topic, callback)
    await context.subscribe(topic, callback, [['hub.lease_seconds', '86400']])
    await context.pause(endsAt + context.options.settle - Date.now())
    await context.delivered(callback, await context.publish(topic))
  }),
  check(
    'subscribing/topics-apart',
    6,
    'must',
    'keeps the subscriptions of one callback to two topics apart',
    async (context) => {
      const [first, second] = [context.topic(), context.topic()]
      const callback = context.callback()
      await context.subscribe(first, callback, [['hub.secret', 'of the first']])
      await context.subscribe(second, callback, [['hub.secret', 'of the second']])
      await signedWith(context, first, callback, 'of the first')
      await signedWith(context, second, callback, 'of the second')
      await context.unsubscribe(first, callback)
      await signedWith(context, second, callback, 'of the second')
    },
  ),
  check(
    'subscribing/unsubscribe-refused',
    6,
    'must',
    'goes on delivering when the callback did not mean to unsubscribe',
    async (context) => {
      const topic = context.topic()
      const callback = context.callback({
        verify: (request) =>
          parameters(request, 'hub.mode').at(-1) === 'unsubscribe' ? { status: 404 } : echo(request),
      })
      await context.subscribe(topic, callback)
      await context.unsubscribe(topic, callback)
      await context.delivered(callback, await context.publish(topic))
    },
  ),
  check(
    'subscribing/unsubscribe-unknown',
    7,
    'strict',
    'answers 202 to an unsubscription from what was never subscribed to',
    async (context) => {
      const topic = context.topic()
      await context.subscribe(topic, context.callback())
      const answer = await context.ask('unsubscribe', topic, context.callback())
      must(answer.status === 202, `the answer was ${told(answer)}`)
    },
  ),
]
