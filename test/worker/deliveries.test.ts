/** The pump that delivers, on a real store, when its claims are taken from it. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Exchange } from '../../src/core/exchange.ts'
import { random } from '../../src/random.ts'
import { createStore, openFile, type Store } from '../../src/store/index.ts'
import { startDeliveries } from '../../src/worker/deliveries.ts'
import type { Pump } from '../../src/worker/pump.ts'
import { deliveries, populate, publish, subscribe, vault } from '../store/scene.ts'
import { until } from '../support/until.ts'
import { observer } from './observer.ts'

const FAR = Number.MAX_SAFE_INTEGER
const OK: Exchange = { kind: 'answer', status: 204, body: Buffer.alloc(0), ms: 1 }

let folder: string
let store: Store
let pump: Pump
/** What has been sent, and is answered by calling it. */
let sent: ((exchange: Exchange) => void)[]

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'signet-deliveries-'))
  store = await createStore(openFile(join(folder, 'signet.db')), vault, observer())
  sent = []
  await populate(store)
  await subscribe(store, 'a')
  const outbound = {
    send: () => new Promise<Exchange>((resolve) => sent.push(resolve)),
    close: () => Promise.resolve(),
  }
  const hub = 'https://hub.example'
  const settings = { retrySchedule: [60_000], timeoutMs: 60_000, signatureAlg: 'sha256' as const }
  const clock = { now: () => 1_700_000_000_000 }
  pump = startDeliveries(
    {
      ...{ url: hub, hubUrl: `${hub}/hub` },
      queues: store.deliveries,
      outbound,
      vault,
      clock,
      random,
      observer: observer(),
      settings,
    },
    { deliveries: 8, perSubscription: 8, perOrigin: 8 },
  )
})

afterEach(async () => {
  for (const answer of sent) answer(OK)
  await pump.stop()
  await store.close()
  rmSync(folder, { recursive: true })
})

const states = async () => (await deliveries(store)).map(({ state }) => state)

it('records what was under way when its claim ended, and does not send it again', async () => {
  await publish(store, 1)
  pump.wake()
  await until(() => Promise.resolve(sent.length === 1))
  await store.expiry.freeClaims(FAR)
  // The queue is claimed anew, and has something else to send.
  await publish(store, 1)
  pump.wake()
  await until(() => Promise.resolve(sent.length === 2))
  sent[0]?.(OK)
  await until(async () => (await states()).join() === 'delivered,waiting')
  sent[1]?.(OK)
  await until(async () => (await states()).join() === 'delivered,delivered')
  expect(sent).toHaveLength(2)
})
