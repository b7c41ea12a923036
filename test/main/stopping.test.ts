/** The program as a process: how it ends. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Receiver, startReceiver, willing } from '../support/receiver.ts'
import { until } from '../support/until.ts'
import { ADMIN_TOKEN, http, makePlace, type Place, stop } from './place.ts'
import { CASDOOR_SECRET, casdoorLogin } from '../support/acme.ts'
import { casdoor, populate } from './population.ts'

let place: Place

beforeEach(() => {
  place = makePlace()
})
afterEach(() => place.clear())

describe('SIGTERM', () => {
  let receiver: Receiver

  beforeEach(async () => {
    receiver = await startReceiver()
  })

  afterEach(() => receiver.close())

  it('finishes the deliveries in flight, and exits 0', async () => {
    const settings = { SIGNET_ADMIN_TOKEN: ADMIN_TOKEN, SIGNET_OUTBOUND_ALLOW: '127.0.0.1' }
    const program = place.start(settings)
    const port = await program.listening()
    await populate(port, receiver, '/cb', 'a-secret')
    const { promise: decided, resolve: decide } = Promise.withResolvers<undefined>()
    receiver.reply(async (request) => {
      await decided
      return willing(request)
    })
    await casdoor(port, 'in flight').expect(202)
    // A new subscription gets one at a time: the second waits for the end of the first.
    await receiver.waitFor(() => receiver.deliveries().length === 1)
    program.process.kill('SIGTERM')
    await until(() => Promise.resolve(program.stdout().includes('stopping')))
    expect(program.process.exitCode).toBeNull()
    await expect(http(port).get('/healthz')).rejects.toThrow('ECONNREFUSED')
    decide(undefined)
    expect(await program.ended()).toBe(0)
    expect(program.logs().at(-1)?.msg).toBe('stopped')

    // The receipt was written: only what waited is sent.
    receiver.reply(willing)
    const again = place.start(settings)
    const restarted = await again.listening()
    await until(async () => {
      const answer = await http(restarted)
        .get('/admin/v1/deliveries')
        .set('Authorization', `Bearer ${ADMIN_TOKEN}`)
      const { items } = answer.body as { items: { state: string; attempts: number }[] }
      return (
        items.length === 2 && items.every(({ state, attempts }) => state === 'delivered' && attempts === 1)
      )
    })
    expect(receiver.deliveries()).toHaveLength(2)
    await stop(again)
  })

  it('takes in what is being sent, and sends it after the next start', async () => {
    const settings = { SIGNET_ADMIN_TOKEN: ADMIN_TOKEN, SIGNET_OUTBOUND_ALLOW: '127.0.0.1' }
    const program = place.start(settings)
    const port = await program.listening()
    await populate(port, receiver, '/cb', 'a-secret')
    const body = casdoorLogin('late')
    const publisher = connect(port, '127.0.0.1')
    let answer = ''
    publisher.on('data', (bytes) => (answer += String(bytes)))
    publisher.write(
      `POST /in/casdoor HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer ${CASDOOR_SECRET}\r\n` +
        `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nExpect: 100-continue\r\n\r\n`,
    )
    // The hub has the request then.
    await once(publisher, 'data')
    program.process.kill('SIGTERM')
    await until(() => Promise.resolve(program.stdout().includes('stopping')))
    publisher.write(body)
    await until(() => Promise.resolve(answer.includes('HTTP/1.1 202 ')))
    const answeredAt = performance.now()
    expect(await program.ended()).toBe(0)
    // Nor does the connection, which is kept for more, keep the hub.
    expect(performance.now() - answeredAt).toBeLessThan(4_000)
    expect(receiver.deliveries()).toEqual([])

    const again = place.start(settings)
    await again.listening()
    await receiver.waitFor(() => receiver.deliveries().length > 0)
    await stop(again)
  })

  it('does not wait for connections that ask nothing', async () => {
    const program = place.start()
    const port = await program.listening()
    const idle = connect(port, '127.0.0.1')
    await new Promise((resolve) => idle.once('connect', resolve))
    await http(port).get('/healthz').set('Connection', 'keep-alive').expect(200)
    const began = performance.now()
    await stop(program)
    expect(performance.now() - began).toBeLessThan(4_000)
    idle.destroy()
  })
})
