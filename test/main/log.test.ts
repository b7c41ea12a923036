/** The program as a process: what its log tells, and what it does not. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CASDOOR_SECRET, fixture, LOGTO_SECRET } from '../support/acme.ts'
import { startReceiver, willing } from '../support/receiver.ts'
import { ADMIN_TOKEN, http, makePlace, type Place, stop } from './place.ts'
import { casdoor, populate, signed } from './population.ts'

let place: Place

beforeEach(() => {
  place = makePlace()
})
afterEach(() => place.clear())

describe('the log', () => {
  it.each(['info', 'debug'])('at %s tells of a whole journey without a secret or a person', async (level) => {
    const receiver = await startReceiver()
    const program = place.start({
      SIGNET_ADMIN_TOKEN: ADMIN_TOKEN,
      SIGNET_OUTBOUND_ALLOW: '127.0.0.1',
      SIGNET_LOG_LEVEL: level,
      SIGNET_RETRY_SCHEDULE: '20ms',
    })
    const port = await program.listening()
    const token = await populate(port, receiver, '/cb?callback-key=k3y', 'callback-secret')
    receiver.reply((received) =>
      received.method === 'POST' && receiver.deliveries().length === 1 ? { status: 503 } : willing(received),
    )
    await casdoor(port, 'logged').expect(202)
    await casdoor(port, 'logged').expect(200)
    await casdoor(port, 'forged', 'forged-credential').expect(401)
    const body = fixture('logto/PostSignIn.json')
    await http(port)
      .post('/in/logto')
      .set('logto-signature-sha-256', signed(body))
      .set('Content-Type', 'application/json')
      .send(body.toString())
      .expect(202)
    await casdoor(port, 'x').send('{"alice":').expect(400)
    await http(port)
      .get('/topics/acme?alice=1')
      .set('Authorization', 'Bearer wrong-subscriber-token')
      .expect(401)
    // Two SETs of each login, and one try in vain.
    await receiver.waitFor(() => receiver.deliveries().length === 5)
    await stop(program)
    await receiver.close()

    const seen = new Set(program.logs().map(({ msg }) => msg))
    for (const message of [
      'event accepted',
      'event passed over',
      'intake refused',
      'verification queued',
      'verification settled',
      'delivery attempted',
    ]) {
      expect(seen).toContain(message)
    }
    const signatures = receiver
      .deliveries()
      .map(({ headers }) => headers['x-hub-signature']?.split('=')[1] ?? '')
    const hidden = [
      ADMIN_TOKEN,
      token,
      CASDOOR_SECRET,
      LOGTO_SECRET,
      'callback-secret',
      'callback-key',
      'k3y',
      'forged-credential',
      'wrong-subscriber-token',
      signed(body),
      ...signatures,
      ...receiver.deliveries().map(({ body }) => body.toString()),
      ...receiver.requests.flatMap(({ url }) => /hub\.challenge=([\w-]+)/.exec(url)?.[1] ?? []),
      'alice',
      'acme.example',
      '203.0.113.24',
      'Mozilla',
    ]
    for (const text of hidden) {
      expect(text).not.toBe('')
      expect(program.output()).not.toContain(text)
    }
  })
})
