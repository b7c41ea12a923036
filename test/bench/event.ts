/** What is published: one event in the hub's own form, told apart by its id, which its SET carries as the subject. */
import type { Request } from './exchange.ts'
import type { Arrival } from './receiver.ts'

const ISSUER = 'https://portal.bench.example'

const SOURCE_SECRET = 'bench-source-secret-0123456789'

export interface BenchEvent {
  id: string
  request: Request
}

let published = 0

/** A new one, of a size that is usual. @param source its id: the tenant's */
export function makeEvent(source: string): BenchEvent {
  published += 1
  const id = `${process.pid}-${published}`
  const body = JSON.stringify({
    id,
    event: 'login/failed',
    sub_id: { format: 'iss_sub', iss: ISSUER, sub: id },
    toe: 1_790_000_000,
    claims: { failure: { reason: 'locked' }, user: { id, username: 'alice' } },
  })
  const headers = { Authorization: `Bearer ${SOURCE_SECRET}`, 'Content-Type': 'application/json' }
  return { id, request: { method: 'POST', path: `/in/${source}`, headers, body } }
}

/** As the admin API takes it. */
export const sourceOf = (tenant: string): object => ({
  id: tenant,
  tenant,
  provider: 'json',
  issuer: ISSUER,
  auth: { method: 'bearer', secret: SOURCE_SECRET },
})

/** Of the event that arrived: in a SET's claims, or in what the bare chain passes on. */
export function idIn({ body }: Arrival): string {
  const [, claims] = body.split('.')
  const text =
    body.startsWith('{') || claims === undefined ? body : Buffer.from(claims, 'base64url').toString()
  const { sub_id } = JSON.parse(text) as { sub_id: { sub: string } }
  return sub_id.sub
}
