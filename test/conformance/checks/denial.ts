/** Denial (WebSub §5.2): the hub tells a callback that there is, or will be, no subscription. */
import { type Check, check, must, needs } from '../check.ts'
import type { Context } from '../context.ts'
import { isRefused } from '../hub-client.ts'
import { type Callback, parameters } from '../site/callback.ts'
import type { Received } from '../site/server.ts'
import type { Topic } from '../site/topic.ts'
import { OWN_QUERY } from './verification.ts'

interface Denied {
  topic: Topic
  callback: Callback
  denial: Received
}

/** Whether a hub denies, and what, is its own policy: these are topics that one may well not want. */
async function provoke(context: Context): Promise<Denied> {
  const gone = context.topic({ status: 410 })
  const missing = context.topic({ status: 404 })
  const nowhere = { ...context.topic(), url: 'http://topic.invalid/' }
  const asked = await Promise.all(
    [gone, missing, nowhere].map(async (topic) => {
      const callback = context.callback({}, OWN_QUERY)
      const answer = await context.ask('subscribe', topic, callback)
      return { topic, callback, answer }
    }),
  )
  needs(!asked.every(({ answer }) => isRefused(answer)), 'the hub refuses in its answer, which it may')
  const denied = () => asked.find(({ callback }) => callback.denials().length > 0)
  // Refused, verified or denied: some hubs verify, and deny later.
  const allHeard = () =>
    asked.every(({ answer, callback }) => isRefused(answer) || callback.requests.length > 0)
  await context.until(() => denied() !== undefined || allHeard())
  await context.until(() => denied() !== undefined, context.options.quiet)
  const found = denied()
  needs(
    found !== undefined,
    'no denial could be provoked: topics that are gone, missing and nowhere were taken',
  )
  return { ...found, denial: found.callback.denials()[0] as unknown as Received }
}

const provoked = new WeakMap<Context, Promise<Denied>>()

/** One denial is enough for all that look at it. */
function aDenial(context: Context): Promise<Denied> {
  const known = provoked.get(context) ?? provoke(context)
  provoked.set(context, known)
  return known
}

export const denial: Check[] = [
  check('denial/parameters', 13, 'must', 'says which topic is denied', async (context) => {
    const { topic, denial: told } = await aDenial(context)
    must(parameters(told, 'hub.topic').at(-1) === topic.url, `told at ${told.target}`)
    must(parameters(told, 'hub.challenge').length === 0, 'a denial asks for a challenge')
  }),
  check(
    'denial/callback-query',
    13,
    'must',
    'keeps the callback’s own query byte for byte when it denies',
    async (context) => {
      const { callback, denial: told } = await aDenial(context)
      must(told.target.startsWith(`${callback.target}&`), `told at ${told.target}`)
    },
  ),
  check('denial/reason', 13, 'strict', 'says why it denies', async (context) => {
    const { denial: told } = await aDenial(context)
    must((parameters(told, 'hub.reason').at(-1) ?? '') !== '', `told at ${told.target}`)
  }),
  check('denial/final', 18, 'must', 'delivers nothing to whom it denied', async (context) => {
    const { topic, callback } = await aDenial(context)
    needs(topic.url.startsWith(context.site.origin), 'what was denied is no page that could change')
    topic.status = 200
    const control = context.callback()
    await context.subscribe(topic, control)
    await context.delivered(control, await context.publish(topic))
    await context.never(() => callback.deliveries().length > 0, 'a delivery came after the denial')
  }),
]
