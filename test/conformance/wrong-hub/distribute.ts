/** The small hub fetches a page (WebSub §6) and delivers it (§7). */
import { createHmac } from 'node:crypto'
import { alive, end, type HubState, type PageMemory, pause, type Subscription } from './hub-state.ts'
import { send, type Sent } from './send.ts'

const MAX_PAGE = 2 ** 20
const MAX_HOPS = 5
/** Before a delivery is tried again. */
const WAITS = [600, 600]

interface Content {
  topic: string
  type: string
  body: Buffer
}

/** A ping: the page is fetched, and fetched once more if pings come meanwhile. */
export async function pinged(state: HubState, topic: string): Promise<void> {
  const page = state.pages.get(topic) ?? { fetching: false, pings: 0 }
  state.pages.set(topic, page)
  if (page.fetching) {
    if (!state.has('loses-pings')) page.pings += 1
    return
  }
  page.fetching = true
  await update(state, topic, page)
  page.fetching = false
  if (page.pings === 0) return
  page.pings = state.has('fetches-every-ping') ? page.pings - 1 : 0
  await pinged(state, topic)
}

async function update(state: HubState, topic: string, page: PageMemory): Promise<void> {
  const fetched = await fetchPage(state, topic, page.etag)
  if (fetched === undefined || fetched.tooLong) return
  if (fetched.status !== 200 && !(state.has('delivers-error-pages') && fetched.status >= 400)) return
  const { headers } = fetched
  if (state.has('wants-discovery') && headers.link === undefined) return
  if (page.content?.equals(fetched.body) === true && !state.has('repeats-content')) return
  page.content = fetched.body
  if (headers.etag !== undefined) page.etag = headers.etag
  const [, self] = /<([^>]*)>; rel="self"/.exec(String(headers.link)) ?? []
  const type = headers['content-type'] ?? 'application/octet-stream'
  distribute(state, topic, {
    topic: state.has('self-of-the-page') ? (self ?? topic) : topic,
    type,
    body: fetched.body,
  })
}

async function fetchPage(state: HubState, topic: string, etag?: string): Promise<Sent | undefined> {
  let url = state.has('forgets-the-query') ? topic.replace(/\?.*/, '') : topic
  for (let hop = 0; hop < MAX_HOPS; hop += 1) {
    const headers = { ...(etag !== undefined && !state.has('unconditional') && { 'If-None-Match': etag }) }
    const answer = await send(state, { method: 'GET', url, headers, wanted: MAX_PAGE })
    const { location } = answer?.headers ?? {}
    if (location === undefined || state.has('follows-no-page')) return answer
    url = new URL(location, url).href
  }
  return undefined
}

export function distribute(state: HubState, topic: string, content: Content): void {
  if (state.has('never-delivers')) return
  for (const subscription of state.subscriptions) {
    if (subscription.topic === topic) void deliver(state, subscription, content)
  }
}

async function deliver(state: HubState, subscription: Subscription, content: Content): Promise<void> {
  let sent = content
  for (const [attempt, wait] of [...WAITS, undefined].entries()) {
    // Just before each attempt: nothing goes out after the end.
    if (!alive(state, subscription) && !(state.has('retries-regardless') && attempt > 0)) return
    if (attempt > 0 && state.has('retries-anew')) {
      const page = await fetchPage(state, content.topic)
      sent = { ...content, body: page?.body ?? content.body }
    }
    const answer = await attemptOf(state, subscription, sent)
    if (isSuccess(state, answer)) return
    if (answer?.status === 410) {
      if (state.has('ignores-410')) return
      end(
        state,
        (one) =>
          one === subscription || (state.has('ends-more-by-410') && one.callback === subscription.callback),
      )
      return
    }
    if (wait !== undefined) await pause(wait)
  }
  if (state.has('failure-ends')) end(state, (one) => one === subscription)
}

async function attemptOf(
  state: HubState,
  { callback, secret }: Subscription,
  { topic, type, body: content }: Content,
): Promise<Sent | undefined> {
  const body = state.has('text-only') ? Buffer.from(content.toString()) : content
  const hub = state.has('hub-with-a-slash') ? `${state.url}/` : state.url
  const links = [`<${hub}>; rel="hub"`, `<${topic}>; rel="self"`]
  const url = state.has('delivers-without-query') ? callback.replace(/\?.*/, '') : callback
  const sending = {
    method: 'POST',
    url,
    headers: {
      'Content-Type': state.has('always-html')
        ? 'text/html'
        : state.has('drops-charset')
          ? type.replace(/ *;.*/, '')
          : type,
      Link: state.has('two-link-headers') ? links : links.join(', '),
      ...signatureFor(state, secret, body),
    },
    body,
    wanted: 0,
  }
  const answer = await send(state, sending)
  const location = answer?.headers.location
  return location !== undefined && state.has('follows-delivery')
    ? send(state, { ...sending, url: location })
    : answer
}

function signatureFor(
  state: HubState,
  secret: string | undefined,
  body: Buffer,
): Record<string, string | string[]> {
  if (secret === undefined && !state.has('always-signs')) return {}
  const sign = (method: string) =>
    `${method}=${createHmac(method, state.has('wrong-signature') ? 'x' : (secret ?? ''))
      .update(body)
      .digest('hex')}`
  if (state.has('two-signatures')) return { 'X-Hub-Signature': [sign('sha1'), sign('sha256')] }
  return { 'X-Hub-Signature': sign(state.has('sha1') ? 'sha1' : 'sha256') }
}

function isSuccess(state: HubState, answer: Sent | undefined): boolean {
  if (answer === undefined) return false
  if (state.has('only-200')) return answer.status === 200
  const highest = state.has('only-5xx-fails') ? 499 : state.has('redirect-is-success') ? 399 : 299
  return answer.status >= 200 && answer.status <= highest
}
