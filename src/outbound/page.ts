/** Pages of others: asked for only if they changed, and followed where they went. */
import type { IncomingHttpHeaders } from 'node:http'
import type { Validators } from '../core/content-ports.ts'
import type { PageFetched, Pages, PageWanted } from '../core/ports.ts'
import { OutboundError } from './fault.ts'
import { faultOf, type Read, type WholeAnswer } from './reader.ts'

const REDIRECTS = [301, 302, 303, 307, 308]
const MAX_REDIRECTS = 5

/** @param inTheClear the same for pages that are at a plain http address anyway */
export function createPages(read: Read, inTheClear: Read): Pages {
  return {
    async fetch(wanted) {
      const startedAt = performance.now()
      const ms = (): number => Math.round(performance.now() - startedAt)
      try {
        const follow = /^http:/i.test(wanted.url) ? inTheClear : read
        return { ...judge(await arrive(follow, wanted, ms)), ms: ms() }
      } catch (error) {
        return { kind: 'failed', why: faultOf(error).detail, ms: ms() }
      }
    },
  }
}

interface Arrived extends WholeAnswer {
  url: string
  conditional: boolean
}

/** Hop by hop, each through the guard. */
async function arrive(
  read: Read,
  { url: from, validators, timeoutMs, maxBodyBytes }: PageWanted,
  ms: () => number,
): Promise<Arrived> {
  let url = from
  for (let hop = 0; hop <= MAX_REDIRECTS; hop += 1) {
    const known = validators?.url === url ? validators : undefined
    const headers = {
      accept: '*/*',
      // What a cache on the way still has is what was there before the ping.
      'cache-control': 'no-cache',
      'accept-encoding': 'identity',
      ...(known?.etag !== undefined && { 'if-none-match': known.etag }),
      ...(known?.lastModified !== undefined && { 'if-modified-since': known.lastModified }),
    }
    // No time at all would be no limit.
    const left = Math.max(1, timeoutMs - ms())
    const answer = await read({ url, headers, timeoutMs: left, maxBodyBytes })
    const to = REDIRECTS.includes(answer.status) ? answer.headers.location : undefined
    if (to === undefined) return { ...answer, url, conditional: known !== undefined }
    url = redirected(url, to)
  }
  throw new OutboundError('protocol', `There are more than ${MAX_REDIRECTS} redirects.`)
}

function redirected(from: string, to: string): string {
  // As browsers do with bytes that should have been escaped.
  const escaped = to.replace(/[\x80-\xff]/g, (byte) => `%${byte.charCodeAt(0).toString(16)}`)
  const url = URL.parse(escaped, from)
  if (url === null || !/^https?:$/.test(url.protocol) || url.username + url.password !== '') {
    throw new OutboundError(
      'protocol',
      'A redirect leads to no http or https URL, or to one with a user name.',
    )
  }
  url.hash = ''
  return url.href
}

type Judged = PageFetched extends infer Each ? (Each extends unknown ? Omit<Each, 'ms'> : never) : never

function judge({ status, headers, body, url, conditional }: Arrived): Judged {
  if (status === 304 && conditional) return { kind: 'unmodified' }
  if (status !== 200) return { kind: 'failed', why: 'The page is not there.', status }
  if ((headers['content-encoding'] ?? 'identity').toLowerCase() !== 'identity') {
    return { kind: 'failed', why: 'The page is compressed, although that was not asked for.', status }
  }
  const { 'content-type': type } = headers
  return {
    kind: 'page',
    // RFC 9110 §8.3: what is not said is unknown.
    contentType: type === undefined || type === '' ? 'application/octet-stream' : type,
    body,
    validators: { url, ...validatorsOf(headers) },
  }
}

/** So long before the answer a date cannot be that of a later change, though clocks go differently. */
const SETTLED_MS = 60_000

/**
 * A date counts whole seconds: until it is settled, it may be that of a change to come (RFC 9110 §8.8.2.2), and so may
 * a weak tag that comes with it. Then the page is fetched whole, and its bytes decide.
 */
function validatorsOf(headers: IncomingHttpHeaders): Omit<Validators, 'url'> {
  const { date = '', etag, 'last-modified': lastModified } = headers
  const settled = Date.parse(date) - Date.parse(lastModified ?? '') >= SETTLED_MS
  const isTag = etag !== undefined && (settled || lastModified === undefined || !etag.startsWith('W/'))
  return { ...(isTag && { etag }), ...(settled && lastModified !== undefined && { lastModified }) }
}
