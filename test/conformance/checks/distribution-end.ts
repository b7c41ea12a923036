/** Content distribution (WebSub §7): nothing comes once a subscription is over, not even a retry. */
import { type Check, check, needs } from '../check.ts'
import type { Context } from '../context.ts'
import type { Callback } from '../site/callback.ts'
import type { Handler } from '../site/server.ts'
import { deliveredShortly } from './lease.ts'

/** Waits until a failed delivery was tried again: without that, nothing can be said of retries. */
async function retried(context: Context, control: Callback, content: string): Promise<void> {
  const before = control.of(content).length
  const again = await context.until(() => control.of(content).length > before)
  needs(again, `no retry seen within ${context.options.patience / 1000} s (--patience)`)
}

/** Fails a delivery only once the gate is open, so that what happens meanwhile lies before the retry. */
const failingAfter =
  (gate: Promise<void>): Handler =>
  () =>
    gate.then(() => ({ status: 503 }))

export const distributionEnd: Check[] = [
  check(
    'distribution/lease-end',
    12,
    'must',
    'delivers until the lease ends, and nothing after',
    async (context) => {
      const topic = context.topic()
      const [callback, control] = [context.callback(), context.callback()]
      await context.subscribe(topic, control)
      const { endsAt } = await deliveredShortly(context, topic, callback, control)
      await context.pause(endsAt + context.options.settle - Date.now())
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
      const { settle } = context.options
      const topic = context.topic()
      const { promise: over, resolve: end } = Promise.withResolvers<undefined>()
      const gate = over.then(() => undefined)
      const callback = context.callback({ deliver: failingAfter(gate) })
      const control = context.callback({ deliver: failingAfter(gate) })
      try {
        await context.subscribe(topic, control)
        const { content, endsAt } = await deliveredShortly(context, topic, callback, control)
        await context.pause(endsAt + settle - Date.now())
        const before = callback.deliveries().length
        end(undefined)
        await retried(context, control, content)
        await context.never(
          () => callback.deliveries().length > before,
          'a retry came after the end of the lease',
        )
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
        const before = callback.deliveries().length
        end(undefined)
        await retried(context, control, content)
        await context.never(
          () => callback.deliveries().length > before,
          'a retry came after the unsubscription',
        )
      } finally {
        end(undefined)
      }
    },
  ),
]
