/** A hub with sources of signed SETs, their publisher, and what it posts. */
import { expect } from 'vitest'
import type { Test } from 'supertest'
import { type AcmeHub, startAcme } from './acme.ts'
import { movableClock, type MovableClock } from './movable-clock.ts'
import { AUDIENCE, type Publisher, PUBLISHER, startPublisher } from './publisher.ts'

export interface SetSources {
  hub: AcmeHub
  clock: MovableClock
  publisher: Publisher
  /** A source whose keys were never asked for. @returns its id */
  fresh(): Promise<string>
  push(source: string, token: string, type?: string): Test
  /** Pushes what is refused as RFC 8935 §2.4 has it, with this code. */
  refused(source: string, token: string, err: string): Promise<void>
  /** All that was taken in. */
  events(): Promise<{ jti: string; source: string }[]>
  close(): Promise<void>
}

export const newSetSource = (id: string, jwks_url: string) => ({
  id,
  tenant: 'acme',
  provider: 'set',
  issuer: PUBLISHER,
  auth: { method: 'jwt', issuer: PUBLISHER, jwks_url, audience: AUDIENCE },
})

export async function startSetSources(): Promise<SetSources> {
  const clock = movableClock()
  const hub = await startAcme({ overrides: { clock } })
  const publisher = await startPublisher()
  let count = 0
  const push = (source: string, token: string, type = 'application/secevent+jwt') =>
    hub.http.post(`/in/${source}`).set('Content-Type', type).set('Accept', 'application/json').send(token)
  return {
    hub,
    clock,
    publisher,
    push,
    async fresh() {
      const id = `idp-${(count += 1)}`
      await hub.admin.post('/sources', newSetSource(id, `${publisher.jwksUrl}?of=${id}`))
      return id
    },
    async refused(source, token, err) {
      const answer = await push(source, token).expect(400)
      expect(answer.headers['content-type']).toBe('application/json; charset=utf-8')
      expect(answer.headers['content-language']).toBe('en')
      expect(answer.body).toEqual({ err, description: expect.any(String) as string })
    },
    async events() {
      const { items } = await hub.admin.get<{ items: { jti: string; source: string }[] }>('/events?limit=500')
      return items
    },
    async close() {
      await hub.close()
      await publisher.site.close()
    },
  }
}
