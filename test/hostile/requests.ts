/** Requests that are almost good: of every kind that the hub takes, with something hostile somewhere in them. */
import fc from 'fast-check'
import { adminRequests } from './admin-requests.ts'
import { hubRequests } from './hub-requests.ts'
import { string } from './mutated-json.ts'
import { publisherRequests } from './publisher-requests.ts'
import { type Header, type Request, targetSafe, type World } from './request.ts'

/** To any path, with any headers and any body. */
function anywhere(): fc.Arbitrary<Request> {
  const path = fc.constantFrom(
    ...['/', '/hub', '/topics/', '/in/', '/events/', '/.well-known/', '/admin/v1/', '/healthz/'],
  )
  const name = fc.constantFrom(
    ...['Content-Type', 'Content-Encoding', 'Accept', 'Authorization', 'Cookie', 'If-None-Match'],
    ...['X-Forwarded-For', 'Origin', 'Range'],
  )
  const unit = fc.integer({ min: 32, max: 255 }).map((code) => String.fromCharCode(code))
  const headers = fc.array(fc.tuple(name, fc.string({ unit, maxLength: 60 })), { maxLength: 4 })
  return fc
    .tuple(
      fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'),
      path,
      string,
      headers,
      fc.uint8Array({ maxLength: 200 }),
    )
    .map(([method, where, more, lines, body]) => ({
      method,
      target: where + targetSafe(more).slice(0, 4_000),
      headers: lines.map(([name, value]): Header => [name, value.replace(/[\u007f\r\n\0]/g, '')]),
      body: Buffer.from(body),
    }))
}

/** Every kind as often as the others. */
export const hostileRequest = (world: World): fc.Arbitrary<Request> =>
  fc.oneof(fc.oneof(...publisherRequests(world)), hubRequests(world), adminRequests(world), anywhere())
