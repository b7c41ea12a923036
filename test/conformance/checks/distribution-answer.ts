/** Content distribution (WebSub §7): what the callback's answer means. */
import { type Check, check, must, needs } from '../check.ts'
import type { Context } from '../context.ts'
import { answering, type Callback } from '../site/callback.ts'
import type { Handler } from '../site/server.ts'
import { endlessAnswer } from './endless.ts'

const REDIRECTS = [301, 302, 303, 307, 308]

interface Answering {
  what: string
  callback: Callback
}

/** Delivers to callbacks that answer so, and to one that answers 503, until that one is tried again. */
async function deliveredBesideFailure(
  context: Context,
  answers: readonly [what: string, deliver: Handler][],
): Promise<{ content: string; callbacks: Answering[] }> {
  const topic = context.topic()
  const control = context.callback({ deliver: answering(503) })
  const callbacks = answers.map(([what, deliver]) => ({ what, callback: context.callback({ deliver }) }))
  await Promise.all(
    [control, ...callbacks.map(({ callback }) => callback)].map((callback) =>
      context.subscribe(topic, callback),
    ),
  )
  const content = await context.publish(topic)
  for (const { callback } of callbacks) await context.delivered(callback, content)
  await context.delivered(control, content)
  const again = await context.until(() => control.of(content).length > 1)
  needs(again, `no retry seen within ${context.options.patience / 1000} s (--patience)`)
  return { content, callbacks }
}

async function triesAgainAfter(
  context: Context,
  answers: readonly [what: string, deliver: Handler][],
): Promise<void> {
  const { content, callbacks } = await deliveredBesideFailure(context, answers)
  const once = () => callbacks.filter(({ callback }) => callback.of(content).length < 2)
  await context.until(() => once().length === 0)
  const what = once().map((one) => one.what)
  must(what.length === 0, `not tried again after ${what.join(', ')}, though after 503`)
}

export const distributionAnswer: Check[] = [
  check('distribution/any-2xx', 15, 'strict', 'takes any 2xx for success, body or not', async (context) => {
    const answers = [200, 201, 202, 204, 299].map((status): [string, Handler] => [
      String(status),
      answering(status, status === 204 ? '' : 'hub.challenge=no'),
    ])
    const { content, callbacks } = await deliveredBesideFailure(context, answers)
    const repeated = () => callbacks.filter(({ callback }) => callback.of(content).length > 1)
    await context.until(() => repeated().length > 0, context.options.quiet)
    const again = repeated()
    must(again.length === 0, `sent again after ${again.map(({ what }) => what).join(', ')}`)
  }),
  check(
    'distribution/endless-answer',
    15,
    'strict',
    'reads no more of an answer than it needs to see a success',
    async (context) => {
      const endless = endlessAnswer()
      const topic = context.topic()
      const callback = context.callback({ deliver: () => endless.reply(200, 'thanks') })
      await context.subscribe(topic, callback)
      await context.delivered(callback, await context.publish(topic))
      await endless.isCutOff(context)
    },
  ),
  check('distribution/redirect', 15, 'must', 'follows no redirect', async (context) => {
    const topic = context.topic()
    const elsewhere = context.callback()
    const callbacks = REDIRECTS.map((status) =>
      context.callback({ deliver: () => ({ status, headers: { Location: elsewhere.url } }) }),
    )
    await Promise.all(callbacks.map((callback) => context.subscribe(topic, callback)))
    const content = await context.publish(topic)
    for (const callback of callbacks) await context.delivered(callback, content)
    await context.never(() => elsewhere.requests.length > 0, 'the redirect was followed')
  }),
  check('distribution/redirect-fails', 15, 'must', 'takes a redirect for a failure', (context) =>
    triesAgainAfter(
      context,
      REDIRECTS.map((status) => [
        String(status),
        () => ({ status, headers: { Location: context.callback().url } }),
      ]),
    ),
  ),
  check('distribution/failures', 15, 'strict', 'takes whatever is no success for a failure', (context) =>
    triesAgainAfter(context, [
      ...[400, 403, 404, 500].map((status): [string, Handler] => [String(status), answering(status)]),
      ['a broken connection', () => (response) => void response.socket?.destroy()],
    ]),
  ),
  check('distribution/gone', 15, 'strict', 'ends a subscription that answers 410', async (context) => {
    const topic = context.topic()
    const callback = context.callback({ deliver: answering(410) })
    const control = context.callback({ deliver: answering(503) })
    await context.subscribe(topic, callback)
    await context.subscribe(topic, control)
    const first = await context.publish(topic)
    await context.delivered(callback, first)
    await context.delivered(control, first)
    await context.pause(context.options.settle)
    callback.deliver = answering(204)
    control.deliver = answering(204)
    const next = await context.publish(topic)
    // What was not taken, and is not gone, is the measure of what would come.
    const came = await context.until(() => control.of(next).length > 0)
    needs(came, `after any failure nothing more came within ${context.options.patience / 1000} s`)
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
]
