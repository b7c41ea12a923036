/** Content distribution (WebSub §7): what follows a failure, as long as the subscription lives. */
import { type Check, check, must, needs } from '../check.ts'
import { answering } from '../site/callback.ts'
import { header, type Received } from '../site/server.ts'

/** Milliseconds between two of these times, at most. */
const longestGap = (times: readonly number[]): number =>
  Math.max(0, ...times.slice(1).map((at, i) => at - (times[i] ?? at)))

export const distributionRetry: Check[] = [
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
      `no retry seen within ${context.options.patience / 1000} s (--patience)`,
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
      const { patience, quiet } = context.options
      const times = () => callback.deliveries().map(({ at }) => at)
      const content = await context.publish(topic)
      await context.delivered(callback, content)
      const isSpent = () =>
        Date.now() - (times().at(-1) ?? 0) > Math.max(1.5 * quiet, 3 * longestGap(times()))
      needs(await context.until(isSpent, 4 * patience), `still tried again after ${(4 * patience) / 1000} s`)
      const attempts = times().length
      callback.deliver = answering(204)
      const next = await context.publish(topic)
      const came = () => callback.of(next).length > 0
      // Some hubs hold back what comes next until the first has been tried once more.
      const goesOn = await context.until(() => came() || callback.of(content).length > attempts)
      if (goesOn && (await context.until(came))) return
      const wait = `within ${patience / 1000} s`
      needs(attempts > 1, `neither a retry nor what came next was seen ${wait}: it may only be late`)
      must(false, `after ${attempts} attempts that failed, what came next was not delivered ${wait}`)
    },
  ),
]
