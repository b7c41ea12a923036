/** What the hub tests 100 to 106 of websub.rocks look at, from the subscriber's side of the wire. */
import { type Check, check, must } from '../check.ts'
import type { Context } from '../context.ts'
import { linksOf, type Form, told } from '../hub-client.ts'
import { isSigned } from '../site/callback.ts'
import { header, type Received } from '../site/server.ts'
import type { Page, Topic } from '../site/topic.ts'

/** websub.rocks gives up on a hub that answers later. */
const ANSWER_WITHIN = 4_000

/** Subscribes, changes the page, and looks at what comes as websub.rocks does. */
async function roundTrip(context: Context, page: Partial<Page> = {}, more: Form = []): Promise<Received> {
  const topic = context.topic(page)
  const callback = context.callback()
  const answer = await context.ask('subscribe', topic, callback, more)
  must(answer.status === 202, `the answer to hub.mode=subscribe was ${told(answer)}, not 202`)
  must(answer.took <= ANSWER_WITHIN, `the answer to hub.mode=subscribe took ${answer.took} ms`)
  const asked = () => callback.verifications('subscribe')
  must(
    await context.until(() => asked()[0]?.answered === true),
    `no verification came within ${context.options.patience / 1000} s`,
  )
  await context.pause(context.options.settle)
  const content = page.content ?? topic.change()
  await context.ping(topic)
  const delivery = await context.delivered(callback, content)
  looksRight(context, topic, delivery)
  return delivery
}

function looksRight(context: Context, topic: Topic, delivery: Received): void {
  const [type] = header(delivery, 'Content-Type')
  must(type === topic.type, `the page is ${topic.type}, the delivery ${type ?? 'has no Content-Type'}`)
  const [hub] = linksOf(delivery, 'hub')
  must(hub === context.hub.url, `rel="hub" was ${hub ?? 'missing'}, not ${context.hub.url}`)
  const [self] = linksOf(delivery, 'self')
  must(self === topic.url, `rel="self" was ${self ?? 'missing'}, not ${topic.url}`)
}

export const rocks: Check[] = [
  check('websub.rocks/100', 100, 'must', 'delivers a changed page to a subscription', async (context) => {
    await roundTrip(context)
  }),
  check('websub.rocks/101', 101, 'must', 'signs for a subscription with a secret', async (context) => {
    const delivery = await roundTrip(context, {}, [['hub.secret', 'one secret']])
    must(isSigned(delivery, 'one secret'), `the signature was ${signatureOf(delivery)}`)
  }),
  check(
    'websub.rocks/102',
    102,
    'must',
    'takes a subscription with parameters that it does not know',
    async (context) => {
      await roundTrip(context, {}, [
        ['hub.something', 'else'],
        ['unknown', 'yes'],
      ])
    },
  ),
  check('websub.rocks/103', 103, 'must', 'delivers once to whoever subscribed twice', async (context) => {
    const topic = context.topic()
    const callback = context.callback()
    await context.subscribe(topic, callback)
    await context.subscribe(topic, callback)
    const content = await context.publish(topic)
    await context.delivered(callback, content)
    await context.never(() => callback.deliveries().length > 1, 'the same content came twice')
  }),
  check('websub.rocks/104', 104, 'must', 'delivers nothing to whoever has unsubscribed', async (context) => {
    const topic = context.topic()
    const [callback, control] = [context.callback(), context.callback()]
    await context.subscribe(topic, callback)
    await context.subscribe(topic, control)
    await context.delivered(callback, await context.publish(topic))
    await context.unsubscribe(topic, callback)
    const content = await context.publish(topic)
    await context.delivered(control, content)
    const came = () => callback.of(content).length > 0
    await context.never(came, 'content came after the unsubscription', 3 * context.options.quiet)
  }),
  check('websub.rocks/105', 105, 'must', 'delivers a page of plain text as such', async (context) => {
    await roundTrip(context, { type: 'text/plain', content: 'plain text, no markup\n' })
  }),
  check('websub.rocks/106', 106, 'must', 'delivers a page of JSON as such', async (context) => {
    await roundTrip(context, { type: 'application/json', content: '{"items":[{"id":1}]}' })
  }),
]

export const signatureOf = (delivery: Received): string =>
  header(delivery, 'X-Hub-Signature').join(', ') || 'missing'
