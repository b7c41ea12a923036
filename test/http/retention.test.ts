/** Events are kept for SIGNET_RETENTION, and repeats of them known for as long. */
import { beforeAll, expect, it } from 'vitest'
import { type AcmeHub, casdoorLogin } from '../support/acme.ts'
import type { MovableClock } from '../support/movable-clock.ts'
import type { Receiver } from '../support/receiver.ts'
import { startScene } from '../support/scene.ts'
import { until } from '../support/until.ts'

const HOUR = 3_600_000

let clock: MovableClock
let hub: AcmeHub
let receiver: Receiver

beforeAll(async () => {
  const scene = await startScene({ SIGNET_RETENTION: '12h' })
  ;({ hub, receiver, clock } = scene)
  return scene.close
})

const count = async (kind: string): Promise<number> =>
  (await hub.admin.get<{ items: unknown[] }>(`/${kind}?limit=500`)).items.length

it('an event that was delivered goes at the end of its time, with its deliveries and its key', async () => {
  await hub.subscribe(receiver)
  await hub.casdoor(casdoorLogin('old'))
  await receiver.waitFor(() => receiver.deliveries().length === 2)
  clock.ahead = 12 * HOUR - 60_000
  await hub.casdoor(casdoorLogin('young'))
  await receiver.waitFor(() => receiver.deliveries().length === 4)
  expect(await count('events')).toBe(4)
  expect(await hub.casdoor(casdoorLogin('old'))).toEqual({ accepted: 0, reason: 'duplicate' })

  clock.ahead = 12 * HOUR + 60_000
  await until(async () => (await count('events')) === 2 && (await count('deliveries')) === 2)
  expect(await hub.casdoor(casdoorLogin('young'))).toEqual({ accepted: 0, reason: 'duplicate' })
  await until(async () => (await hub.casdoor(casdoorLogin('old'))).accepted === 2)
  await receiver.waitFor(() => receiver.deliveries().length === 6)
})

it('an event that somebody still waits for stays, and so does its key', async () => {
  receiver.reply((request) => ({ status: request.method === 'POST' ? 503 : 204 }))
  const [event] = (await hub.casdoor(casdoorLogin('waited for'))).events
  clock.ahead += 13 * HOUR
  // Once the others are gone, the sweep has come by.
  await until(async () => (await count('events')) === 2)
  await hub.admin.get(`/events/${event?.jti ?? ''}`)
  expect(await hub.casdoor(casdoorLogin('waited for'))).toEqual({ accepted: 0, reason: 'duplicate' })
})
