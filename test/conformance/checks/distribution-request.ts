/** Content distribution (WebSub §7): the request that carries the content. */
import { type Check, check, must, needs } from '../check.ts'
import type { Context } from '../context.ts'
import { linksOf } from '../hub-client.ts'
import { isSigned } from '../site/callback.ts'
import { header, type Received } from '../site/server.ts'
import type { Page, Topic } from '../site/topic.ts'
import { signatureOf } from './rocks.ts'
import { OWN_QUERY } from './verification.ts'

const everyByte = Buffer.from(Array.from({ length: 1024 }, (_, i) => i % 256))

/** What a subscription to a page of this kind gets, when the page has become so. */
async function deliveryOf(
  context: Context,
  page: Partial<Page> = {},
  more: [string, string][] = [],
): Promise<{ topic: Topic; delivery: Received }> {
  const topic = context.topic()
  const callback = context.callback()
  await context.subscribe(topic, callback, more)
  topic.change()
  Object.assign(topic, page)
  await context.ping(topic)
  return { topic, delivery: await context.delivered(callback, topic.content) }
}

export const distributionRequest: Check[] = [
  check(
    'distribution/exact-callback',
    14,
    'must',
    'posts to the very callback, its query untouched',
    async (context) => {
      const topic = context.topic()
      const callback = context.callback({}, OWN_QUERY)
      await context.subscribe(topic, callback)
      const delivery = await context.delivered(callback, await context.publish(topic))
      must(delivery.target === callback.target, `posted to ${delivery.target}`)
    },
  ),
  check('distribution/no-path', 14, 'strict', 'knows callbacks without a path', async (context) => {
    needs(new URL(context.site.origin).pathname === '/', 'the suite is reached under a path')
    const topic = context.topic()
    const callbacks = [context.rootCallback(''), context.rootCallback('&x=%20')]
    await Promise.all(callbacks.map((callback) => context.subscribe(topic, callback)))
    const content = await context.publish(topic)
    for (const callback of callbacks) {
      const { target } = await context.delivered(callback, content)
      must(target === callback.target, `${callback.url}: posted to ${target}`)
    }
  }),
  check('distribution/bytes', 14, 'must', 'delivers the page byte for byte', async (context) => {
    // Compared where it is waited for.
    await deliveryOf(context, { type: 'application/octet-stream', content: everyByte })
  }),
  check(
    'distribution/content-type',
    14,
    'must',
    'delivers the page’s Content-Type as it is written',
    async (context) => {
      for (const type of ['text/html;charset=ISO-8859-1', 'Application/Vnd.Any+JSON; Charset="utf-8"; x=y']) {
        const { delivery } = await deliveryOf(context, { type })
        const given = header(delivery, 'Content-Type').join(' and ')
        must(given === type, `the page is ${type}, the delivery ${given || 'has none'}`)
      }
    },
  ),
  check('distribution/links', 14, 'must', 'links to the hub and to the topic', async (context) => {
    const { topic, delivery } = await deliveryOf(context)
    const [hubs, selves] = [linksOf(delivery, 'hub'), linksOf(delivery, 'self')]
    must(hubs.length === 1 && hubs[0] === context.hub.url, `rel="hub": ${hubs.join(' and ') || 'missing'}`)
    must(selves.length === 1 && selves[0] === topic.url, `rel="self": ${selves.join(' and ') || 'missing'}`)
  }),
  check('distribution/one-link-header', 14, 'strict', 'has both links in one header', async (context) => {
    const { delivery } = await deliveryOf(context)
    const links = header(delivery, 'Link')
    must(links.length === 1, `${links.length} Link headers: ${links.join(' | ')}`)
  }),
  check('distribution/signature', 17, 'must', 'signs once, over the bytes that it sends', async (context) => {
    const { delivery } = await deliveryOf(context, { type: 'image/x-any', content: everyByte }, [
      ['hub.secret', 'sécret +&='],
    ])
    const signatures = header(delivery, 'X-Hub-Signature')
    must(signatures.length === 1, `${signatures.length} signatures: ${signatures.join(' | ')}`)
    must(isSigned(delivery, 'sécret +&='), `the signature does not fit: ${signatures.join('')}`)
  }),
  check('distribution/signature-method', 17, 'strict', 'signs with more than sha1', async (context) => {
    const { delivery } = await deliveryOf(context, {}, [['hub.secret', 'one']])
    const [, method = ''] = /^(sha(?:256|384|512))=/.exec(signatureOf(delivery)) ?? []
    must(method !== '', `the signature was ${signatureOf(delivery)}`)
    return method
  }),
  check('distribution/unsigned', 17, 'must', 'signs nothing where there is no secret', async (context) => {
    const { delivery } = await deliveryOf(context)
    must(header(delivery, 'X-Hub-Signature').length === 0, `the signature was ${signatureOf(delivery)}`)
  }),
  check('distribution/user-agent', 19, 'strict', 'says who it is in every request', async (context) => {
    const topic = context.topic()
    const callback = context.callback()
    await context.subscribe(topic, callback)
    await context.delivered(callback, await context.publish(topic))
    for (const request of [...callback.requests, ...topic.fetches]) {
      const given = header(request, 'User-Agent').join('')
      must(given !== '', `${request.method} ${request.target} has no User-Agent`)
    }
  }),
]
