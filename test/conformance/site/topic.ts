/** A publisher's page: what a hub fetches when it is told that the page has changed. */
import { createHash } from 'node:crypto'
import { header, type RawReply, type Received, type Reply, type Site } from './server.ts'

export interface Page {
  content: string | Buffer
  type: string
  status: number
  /** Beside what every page has. */
  headers: Record<string, string>
  /** Whether it names hub and self in `Link` headers (WebSub §4). */
  advertises: boolean
  /** Whether it has an ETag and answers conditional requests. */
  tagged: boolean
  /** Waited for before the answer, which has the content as it was when the request came. */
  held?: Promise<unknown>
  /** Instead of everything else. */
  answer?: RawReply
}

export interface Topic extends Page {
  url: string
  /** GETs that came for the page. */
  readonly fetches: readonly Received[]
  /** Gives the page a content that it never had. */
  change(): string
}

export function addTopic(
  site: Site,
  hubUrl: string,
  place: string,
  query: string,
  page: Partial<Page>,
): Topic {
  const fetches: Received[] = []
  let version = 0
  const topic: Topic = {
    content: '',
    type: 'text/html; charset=UTF-8',
    status: 200,
    headers: {},
    advertises: true,
    tagged: true,
    url: site.origin + place + query,
    fetches,
    change() {
      version += 1
      const text = `<p>${place}, version ${version} — ünïcode</p>\n`
      topic.content = text
      return text
    },
    ...page,
  }
  if (page.content === undefined) topic.change()
  site.serve(place, async (request) => {
    if (request.method === 'GET') fetches.push(request)
    const reply = topic.answer ?? replyOf(topic, request, hubUrl)
    await topic.held
    return reply
  })
  return topic
}

function replyOf(topic: Topic, request: Received, hubUrl: string): Reply {
  const etag = `"${createHash('sha256').update(topic.content).digest('hex').slice(0, 16)}"`
  const headers = {
    ...(topic.type !== '' && { 'Content-Type': topic.type }),
    ...(topic.advertises && { Link: `<${hubUrl}>; rel="hub", <${topic.url}>; rel="self"` }),
    ...(topic.tagged && { ETag: etag }),
    ...topic.headers,
  }
  if (topic.tagged && topic.status === 200 && header(request, 'If-None-Match').includes(etag))
    return { status: 304, headers }
  return request.method === 'HEAD'
    ? { status: topic.status, headers }
    : { status: topic.status, headers, body: topic.content }
}
