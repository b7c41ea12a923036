/** Content distribution (WebSub §7): what follows from the callback's answer, and what comes after the end. */
import { type Check, check, must, needs } from '../check.ts'
import type { Context } from '../context.ts'
import type { Callback } from '../site/callback.ts'
import { header, type Handler, type Received } from '../site/server.ts'
import { grantedLease } from './subscribing-state.ts'

const answering =
  (status: number, body = ''): Handler =>
  () => ({ status, ...(body !== '' && { body }) })

/** Waits until a failed delivery was tried again. */
async function retried(context: Context, control: Callback, content: string, attempts = 2): Promise<void> {
  const again = await context.until(() => control.of(content).length >= attempts)
  needs(again, `no retry seen within ${context.options.patience / 1000} s`)
}

/** Fails a delivery only once the gate is open, so that what happens meanwhile lies before the retry. */
const failingAfter =
  (gate: Promise<void>): Handler =>
  () =>
    gate.then(() => ({ status: 503 }))

export const distributionAnswer: Check[] = [
  check('distribution/any-2xx', 15, 'strict', 'takes any 2xx for success, body or not', async (context) => {
    const topic = context.topic()
    const control = context.callback({ deliver: answering(500) })
    const statuses = [200, 201, 202, 204, 299]
    const callbacks = statuses.map((status) =>
      context.callback({ deliver: answering(status, status === 204 ? '' : 'hub.challenge=no') }),
    )
    await Promise.all([control, ...callbacks].map((callback) => context.subscribe(topic, callback)))
    const content = await context.publish(topic)
    for (const callback of callbacks) await context.delivered(callback, content)
    await context.until(() => control.of(content).length > 1)
    await context.pause(context.options.settle)
    const again = statuses.filter((_, i) => (callbacks[i]?.of(content).length ?? 0) > 1)
    must(again.length === 0, `sent again after ${again.join(', ')}`)
  }),
  check('distribution/redirect', 15, 'must', 'takes a redirect for a failure', async (context) => {
    const topic = context.topic()
    const elsewhere = context.callback()
    const moved =
      (status: number): Handler =>
      () => ({ status, headers: { Location: elsewhere.url } })
    const control = context.callback({ deliver: answering(500) })
    const callbacks = [301, 302, 303, 307, 308].map((status) => context.callback({ deliver: moved(status) }))
    await Promise.all([control, ...callbacks].map((callback) => context.subscribe(topic, callback)))
    const content = await context.publish(topic)
    for (const callback of callbacks) await context.delivered(callback, content)
    await context.never(() => elsewhere.requests.length > 0, 'the redirect was followed')
    const again = await context.until(() => control.of(content).length > 1)
    if (!again) return
    const all = () => callbacks.every((callback) => callback.of(content).length > 1)
    must(await context.until(all), 'a redirect was not tried again, though 500 was')
  }),
  check('distribution/gone', 15, 'strict', 'ends a subscription that answers 410', async (context) => {
    const topic = context.topic()
    const callback = context.callback({ deliver: answering(410) })
    const control = context.callback()
    await context.subscribe(topic, callback)
    await context.subscribe(topic, control)
    await context.delivered(callback, await context.publish(topic))
    await context.pause(context.options.settle)
    await context.delivered(control, await context.publish(topic))
    await context.never(() => callback.deliveries().length > 1, 'more came after 410')
  }),
  check('distribution/gone-alone', 15, 'strict', 'ends no other subscription by a 410', async (context) => {
    const [topic, other] = [context.topic(), context.topic()]
    const callback = context.callback()
    await context.subscribe(topic, callback)
    await context.subscribe(other, callback)
    callback.deliver = answering(410)
    await context.delivered(callback, await context.publish(topic))
    await context.pause(context.options.settle)
    callback.deliver = answering(204)
    await context.delivered(callback, await context.publish(other))
  }),
  check('distribution/retry', 16, 'must', 'tries again with the very same request', async (context) => {
    const topic = context.topic()
    const callback = context.callback()
    await context.subscribe(topic, callback, [['hub.secret', 'one']])
    callback.deliver = answering(503)
    const content = await context.publish(topic)
    await context.delivered(callback, content)
    // A retry repeats what was sent, whatever the page has become.
    topic.change()
    needs(
      await context.until(() => callback.deliveries().length > 1),
      `no retry seen within ${context.options.patience / 1000} s`,
    )
    const [first, second] = callback.deliveries() as [Received, Received]
    must(second.body.equals(Buffer.from(content)), 'the retry has another body')
    for (const name of ['Content-Type', 'Link', 'X-Hub-Signature']) {
      const [before, after] = [first, second].map((one) => header(one, name).join(' | '))
      must(before === after, `${name} was ${before ?? ''}, then ${after ?? ''}`)
    }
    must(first.target === second.target, `the retry went to ${second.target}`)
  }),
  check(
    'distribution/next-after-failure',
    16,
    'must',
    'delivers what comes next, though what came before was never taken',
    async (context) => {
      const topic = context.topic()
      const callback = context.callback({ deliver: answering(503) })
      await context.subscribe(topic, callback)
      await context.delivered(callback, await context.publish(topic))
      const over = () => Date.now() - (callback.deliveries().at(-1)?.at ?? 0) > 1.5 * context.options.quiet
      await context.until(over)
      callback.deliver = answering(204)
      await context.delivered(callback, await context.publish(topic))
    },
  ),
  check(
    'distribution/lease-end',
    12,
    'must',
    'delivers until the lease ends, and nothing after',
    async (context) => {
      const { lease, settle } = context.options
      const topic = context.topic()
      const [callback, control] = [context.callback(), context.callback()]
      await context.subscribe(topic, control)
      const asked = await context.subscribe(topic, callback, [['hub.lease_seconds', String(lease)]])
      const granted = grantedLease(asked)
      must(granted > 0, 'the challenge names no lease')
      needs(granted <= 2 * lease, `asked for ${lease} s, granted ${granted} s: too long to be waited for`)
      await context.delivered(callback, await context.publish(topic))
      await context.pause(asked.at + granted * 1000 + settle - Date.now())
      const late = await context.publish(topic)
      await context.delivered(control, late)
      await context.never(() => callback.of(late).length > 0, 'a delivery came after the end of the lease')
    },
  ),
  check(
    'distribution/lease-ends-retries',
    18,
    'strict',
    'retries nothing once the lease ended',
    async (context) => {
      const { lease, settle } = context.options
      const topic = context.topic()
      const { promise: over, resolve: end } = Promise.withResolvers<undefined>()
      const gate = over.then(() => undefined)
      const callback = context.callback({ deliver: failingAfter(gate) })
      const control = context.callback({ deliver: failingAfter(gate) })
      try {
        await context.subscribe(topic, control)
        const asked = await context.subscribe(topic, callback, [['hub.lease_seconds', String(lease)]])
        const granted = grantedLease(asked)
        needs(granted <= 2 * lease, `asked for ${lease} s, granted ${granted} s: too long to be waited for`)
        const content = await context.publish(topic)
        await context.delivered(callback, content)
        await context.pause(asked.at + granted * 1000 + settle - Date.now())
        end(undefined)
        await retried(context, control, content)
        await context.never(() => callback.of(content).length > 1, 'a retry came after the end of the lease')
      } finally {
        end(undefined)
      }
    },
  ),
  check(
    'distribution/unsubscribed-retries',
    18,
    'strict',
    'retries nothing once the callback has unsubscribed',
    async (context) => {
      const topic = context.topic()
      const { promise: over, resolve: end } = Promise.withResolvers<undefined>()
      const gate = over.then(() => undefined)
      const callback = context.callback({ deliver: failingAfter(gate) })
      const control = context.callback({ deliver: failingAfter(gate) })
      try {
        await context.subscribe(topic, control)
        await context.subscribe(topic, callback)
        const content = await context.publish(topic)
        await context.delivered(callback, content)
        await context.unsubscribe(topic, callback)
        end(undefined)
        await retried(context, control, content)
        await context.never(() => callback.of(content).length > 1, 'a retry came after the unsubscription')
      } finally {
        end(undefined)
      }
    },
  ),
]
