/** Publishing (WebSub §6): the publisher says that a page has changed, and the hub gets it. */
import { type Check, check, must, needs } from '../check.ts'
import type { Context } from '../context.ts'
import { encode, isRefused, linksOf, told } from '../hub-client.ts'
import type { Callback } from '../site/callback.ts'
import { header } from '../site/server.ts'
import type { Page, Topic } from '../site/topic.ts'
import { endlessAnswer } from './endless.ts'

async function subscribed(
  context: Context,
  page: Partial<Page> = {},
): Promise<{ topic: Topic; callback: Callback }> {
  const topic = context.topic(page)
  const callback = context.callback()
  await context.subscribe(topic, callback)
  return { topic, callback }
}

/** Pings for some pages in one request; all of them must be delivered. */
async function pingWith(context: Context, ...names: string[]): Promise<void> {
  const pages = await Promise.all(names.map(() => subscribed(context)))
  const contents = pages.map(({ topic }) => topic.change())
  const named = names.map((name, i): [string, string] => [name, pages[i]?.topic.url ?? ''])
  const answer = await context.hub.post([['hub.mode', 'publish'], ...named])
  must(answer.status < 300, `the answer was ${told(answer)}`)
  for (const [i, { callback }] of pages.entries()) await context.delivered(callback, contents[i] ?? '')
}

/**
 * Pings while the page is being fetched, as it was before.
 * @returns what the page has become meanwhile, and how often it had been fetched when the fetch ended
 */
async function pingedDuringFetch(
  context: Context,
  topic: Topic,
  pings: number,
): Promise<{ content: string; fetches: number }> {
  const { promise: released, resolve: release } = Promise.withResolvers<undefined>()
  try {
    topic.held = released
    const before = topic.fetches.length
    topic.change()
    const first = context.ping(topic)
    const fetched = context.until(() => topic.fetches.length > before)
    // A refused ping says so by itself.
    must(await Promise.race([fetched, first.then(() => fetched)]), 'the ping brought no fetch')
    const content = topic.change()
    const answers = Promise.all([first, ...Array.from({ length: pings }, () => context.ping(topic))])
    // Some hubs answer once they have fetched.
    await Promise.race([answers, context.pause(context.options.patience / 4)])
    await context.pause(context.options.settle)
    const fetches = topic.fetches.length
    delete topic.held
    release(undefined)
    await answers
    return { content, fetches }
  } finally {
    release(undefined)
  }
}

export const publishing: Check[] = [
  check('publishing/ping-204', 20, 'strict', 'answers a ping by 204', async (context) => {
    const { topic } = await subscribed(context)
    topic.change()
    const answer = await context.ping(topic)
    must(answer.status === 204, `the answer was ${told(answer)}: old publishers take 204 alone for success`)
  }),
  check('publishing/hub.url', 20, 'strict', 'knows the page as hub.url', (context) =>
    pingWith(context, 'hub.url'),
  ),
  check('publishing/hub.topic', 20, 'strict', 'knows the page as hub.topic', (context) =>
    pingWith(context, 'hub.topic'),
  ),
  check('publishing/repeated', 20, 'strict', 'takes several pages in one ping', (context) =>
    pingWith(context, 'hub.url', 'hub.url', 'hub.url'),
  ),
  check('publishing/repeated-topic', 20, 'strict', 'takes several pages by both names', (context) =>
    pingWith(context, 'hub.topic', 'hub.url', 'hub.topic'),
  ),
  check('publishing/brackets', 20, 'strict', 'takes several pages as hub.url[]', (context) =>
    pingWith(context, 'hub.url[]', 'hub.url[]'),
  ),
  check('publishing/nothing-named', 20, 'strict', 'refuses a ping that names no page', async (context) => {
    const { topic } = await subscribed(context)
    await context.ping(topic)
    const answer = await context.hub.post([['hub.mode', 'publish']])
    must(isRefused(answer), `the answer was ${told(answer)}`)
  }),
  check(
    'publishing/content-in-body',
    20,
    'strict',
    'delivers content that it accepted in a body',
    async (context) => {
      const { topic, callback } = await subscribed(context)
      const body = JSON.stringify({ pushed: topic.url })
      const answer = await context.hub.send({
        query: encode([
          ['hub.mode', 'publish'],
          ['hub.topic', topic.url],
        ]),
        headers: { 'Content-Type': 'application/json' },
        body,
      })
      const accepted = answer.status === 202 && answer.body.trim() === 'hub.mode=accepted'
      needs(accepted, `content in the body is not taken: ${told(answer)}`)
      await context.delivered(callback, body)
    },
  ),
  check(
    'publishing/exact-page',
    21,
    'strict',
    'fetches the very page, its query untouched',
    async (context) => {
      // Nothing in it is written anew by those who read URLs as browsers do.
      const topic = context.topic({}, '?a=%20&b=%7e&c=x+y&d=1&d=2&d&hub.mode=own&e=()*&f=%c3%a9')
      const callback = context.callback()
      await context.subscribe(topic, callback)
      await context.delivered(callback, await context.publish(topic))
      const targets = topic.fetches.map(({ target }) => target)
      const exact = topic.url.slice(new URL(topic.url).origin.length)
      const other = targets.find((target) => !exact.endsWith(target))
      must(other === undefined, `fetched ${other ?? ''} for ${exact}`)
    },
  ),
  check('publishing/redirect', 21, 'strict', 'follows a page that has moved', async (context) => {
    const { topic, callback } = await subscribed(context)
    const moved = context.topic()
    topic.status = 302
    topic.headers = { Location: moved.url }
    await context.ping(topic)
    const delivery = await context.delivered(callback, moved.content)
    const [self] = linksOf(delivery, 'self')
    must(self === topic.url, `rel="self" was ${self ?? 'missing'}, not the topic that was subscribed to`)
  }),
  check('publishing/conditional', 21, 'strict', 'asks only for what is new', async (context) => {
    const { topic, callback } = await subscribed(context)
    await context.delivered(callback, await context.publish(topic))
    await context.delivered(callback, await context.publish(topic))
    const last = topic.fetches.at(-1)
    const given = last === undefined ? [] : header(last, 'If-None-Match')
    must(given.length === 1, `the page has an ETag, and was fetched again without If-None-Match`)
  }),
  check('publishing/unchanged', 21, 'strict', 'sends no content that it sent before', async (context) => {
    const { topic, callback } = await subscribed(context, { tagged: false })
    await context.delivered(callback, await context.publish(topic))
    const before = topic.fetches.length
    await context.ping(topic)
    needs(await context.until(() => topic.fetches.length > before), 'the second ping brought no fetch')
    await context.never(() => callback.deliveries().length > 1, 'the same content came twice')
  }),
  check('publishing/ping-during-fetch', 21, 'strict', 'loses no ping', async (context) => {
    const { topic, callback } = await subscribed(context)
    const { content } = await pingedDuringFetch(context, topic, 1)
    await context.delivered(callback, content)
  }),
  check(
    'publishing/pings-gathered',
    21,
    'strict',
    'fetches a page once more, however many pings came while it was fetched',
    async (context) => {
      const { topic, callback } = await subscribed(context)
      const { content, fetches } = await pingedDuringFetch(context, topic, 10)
      await context.delivered(callback, content)
      const more = () => topic.fetches.length - fetches
      await context.until(() => more() > 1, context.options.quiet)
      must(more() <= 1, `10 pings during a fetch brought ${more()} more`)
    },
  ),
  check('publishing/endless-page', 21, 'strict', 'gives up a page without end', async (context) => {
    const { topic, callback } = await subscribed(context)
    const endless = endlessAnswer()
    topic.answer = endless.reply(200, '<p>')
    await context.ping(topic)
    await endless.isCutOff(context)
    await context.never(() => callback.deliveries().length > 0, 'a part of the page was delivered')
  }),
  check('publishing/error-page', 21, 'strict', 'delivers no page of an error', async (context) => {
    const { topic, callback } = await subscribed(context)
    topic.status = 500
    const error = topic.change()
    await context.hub.post([
      ['hub.mode', 'publish'],
      [context.options.publish, topic.url],
    ])
    await context.never(() => callback.of(error).length > 0, 'the page of an error was delivered')
    topic.status = 200
    await context.delivered(callback, await context.publish(topic))
  }),
  check(
    'publishing/no-discovery',
    22,
    'strict',
    'takes the publisher’s word that it is the page’s hub',
    async (context) => {
      const { topic, callback } = await subscribed(context, { advertises: false })
      await context.delivered(callback, await context.publish(topic))
    },
  ),
  check(
    'publishing/self-as-subscribed',
    22,
    'must',
    'names the topic as it was subscribed to, whatever the page says',
    async (context) => {
      const { topic, callback } = await subscribed(context, { advertises: false })
      topic.headers = { Link: `<${context.hub.url}>; rel="hub", <https://elsewhere.example/>; rel="self"` }
      const delivery = await context.delivered(callback, await context.publish(topic))
      const selves = linksOf(delivery, 'self')
      must(selves.join(' ') === topic.url, `rel="self": ${selves.join(' and ') || 'missing'}`)
    },
  ),
]
