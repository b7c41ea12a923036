/** Publishing (WebSub §6): the publisher says that a page has changed, and the hub gets it. */
import { type Check, check, must, needs } from '../check.ts'
import type { Context } from '../context.ts'
import { encode, linksOf, told } from '../hub-client.ts'
import type { Callback } from '../site/callback.ts'
import { header } from '../site/server.ts'
import type { Page, Topic } from '../site/topic.ts'

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

const ENDLESS = 32 * 2 ** 20

export const publishing: Check[] = [
  check('publishing/ping-204', 20, 'strict', 'answers a ping by 204', async (context) => {
    const { topic } = await subscribed(context)
    topic.change()
    const answer = await context.ping(topic)
    must(answer.status === 204, `the answer was ${told(answer)}`)
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
      needs(answer.status < 400, `content in the body is refused: ${told(answer)}`)
      must(answer.status === 202 && answer.body.trim() === 'hub.mode=accepted', `answered ${told(answer)}`)
      await context.delivered(callback, body)
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
    must(await context.until(() => topic.fetches.length > before), 'the second ping brought no fetch')
    await context.never(() => callback.deliveries().length > 1, 'the same content came twice')
  }),
  check('publishing/ping-during-fetch', 21, 'strict', 'loses no ping', async (context) => {
    const { topic, callback } = await subscribed(context)
    const { promise: released, resolve: release } = Promise.withResolvers<undefined>()
    try {
      topic.held = released
      const before = topic.fetches.length
      topic.change()
      const first = context.ping(topic)
      must(await context.until(() => topic.fetches.length > before), 'the ping brought no fetch')
      // The fetch under way has the content of before.
      const content = topic.change()
      const second = context.ping(topic)
      await context.pause(context.options.settle)
      delete topic.held
      release(undefined)
      await Promise.all([first, second])
      await context.delivered(callback, content)
    } finally {
      release(undefined)
    }
  }),
  check('publishing/endless-page', 21, 'strict', 'gives up a page without end', async (context) => {
    const { topic, callback } = await subscribed(context)
    let sent = 0
    let closed = false
    topic.answer = (response) => {
      response.on('close', () => (closed = true))
      response.writeHead(200, { 'Content-Type': 'text/plain' })
      const chunk = Buffer.alloc(2 ** 18, 'x')
      const more = () => {
        while (!closed && sent < ENDLESS) {
          sent += chunk.length
          if (!response.write(chunk)) return void response.once('drain', more)
        }
        response.destroy()
      }
      more()
    }
    await context.ping(topic)
    must(await context.until(() => closed), 'the connection of an endless page was not closed')
    must(sent < ENDLESS, `${Math.round(ENDLESS / 2 ** 20)} MB of one page were read`)
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
