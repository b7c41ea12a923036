/** The pump that delivers, on a real store, to receivers that answer when a test lets them. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DeliveryQueues } from '../../src/core/delivery-ports.ts'
import type { Exchange } from '../../src/core/exchange.ts'
import { random } from '../../src/random.ts'
import { createStore, openFile, type Store } from '../../src/store/index.ts'
import { startDeliveries } from '../../src/worker/deliveries.ts'
import type { Concurrency } from '../../src/worker/hands.ts'
import type { Pump } from '../../src/worker/pump.ts'
import { NOW, populate, vault } from '../store/scene.ts'
import { writeEmptyStore } from '../support/empty-store.ts'
import { until } from '../support/until.ts'
import { observer, type WatchedObserver } from './observer.ts'

export const answer = (status: number, ms = 1): Exchange => ({
  ...{ kind: 'answer', status, ms },
  body: Buffer.alloc(0),
})

/** A request that has gone out and is not answered yet. */
export interface Sent {
  url: string
  body: string
  answer: (exchange: Exchange) => void
}

export interface DeliveryRig {
  store: Store
  watched: WatchedObserver
  /** Requests without an answer, the oldest first. */
  underWay: Sent[]
  /** The bodies of all requests, by callback. */
  received: Map<string, string[]>
  /** How many were under way at once at the most: by callback, by origin, and in all under the empty name. */
  most: Map<string, number>
  start(concurrency?: Partial<Concurrency>): Pump
  /** From now on these receivers, or all, answer by themselves. */
  answering(exchange: Exchange, ...callbacks: string[]): void
  /** From now on this receiver answers when the test lets it. */
  hanging(callback: string): void
  /** How often the queues were asked. */
  asked: Readonly<Record<keyof DeliveryQueues, number>>
  /** These methods of the queues fail. */
  failing: Set<keyof DeliveryQueues>
  /** Has the clock go on by so many milliseconds. */
  later(ms: number): void
  /** Waits until these are under way, and no more. */
  busyWith(...callbacks: string[]): Promise<void>
  states(): Promise<string[]>
  close(): Promise<void>
}

export async function deliveryRig(): Promise<DeliveryRig> {
  const folder = mkdtempSync(join(tmpdir(), 'signet-deliveries-'))
  const path = join(folder, 'signet.db')
  await writeEmptyStore(path)
  const store = await createStore(openFile(path), vault)
  await populate(store)
  const underWay: Sent[] = []
  const received = new Map<string, string[]>()
  const most = new Map<string, number>()
  const asked = { claim: 0, turn: 0, clockSetBack: 0 }
  const scripted = new Map<string, Exchange | undefined>()
  const failing = new Set<keyof DeliveryQueues>()
  const watched = observer()
  let began = performance.now()
  let pump: Pump | undefined

  const note = (name: string, n: number) => most.set(name, Math.max(most.get(name) ?? 0, n))
  function send({ url, body }: { url: string; body?: string | Buffer }): Promise<Exchange> {
    return new Promise((resolve) => {
      const sent = {
        ...{ url, body: String(body) },
        answer: (exchange: Exchange) => {
          underWay.splice(underWay.indexOf(sent), 1)
          resolve(exchange)
        },
      }
      underWay.push(sent)
      received.set(url, [...(received.get(url) ?? []), sent.body])
      note('', underWay.length)
      const { origin } = new URL(url)
      note(url, underWay.filter((other) => other.url === url).length)
      note(origin, underWay.filter((other) => new URL(other.url).origin === origin).length)
      const exchange = scripted.has(url) ? scripted.get(url) : scripted.get('')
      if (exchange !== undefined) setImmediate(() => sent.answer(exchange))
    })
  }
  const ask = (method: keyof DeliveryQueues): void => {
    asked[method] += 1
    if (failing.has(method)) throw new Error(`no store for a ${method}`)
  }
  const queues: DeliveryQueues = {
    async claim(options) {
      ask('claim')
      return store.queues.claim(options)
    },
    async turn(queue, turn) {
      ask('turn')
      return store.queues.turn(queue, turn)
    },
    async clockSetBack(ms, now) {
      ask('clockSetBack')
      return store.queues.clockSetBack(ms, now)
    },
  }

  return {
    ...{ store, watched, underWay, received, most, asked, failing },
    later(ms) {
      began -= ms
    },
    start(concurrency = {}) {
      pump = startDeliveries(
        {
          ...{ url: 'https://hub.example', hubUrl: 'https://hub.example/hub' },
          ...{ vault, random, observer: watched, sets: store.signedSets },
          keys: { isRevoked: () => false, signAgain: () => Promise.resolve(undefined) },
          clock: { now: () => NOW + Math.floor(performance.now() - began) },
          outbound: { send, close: () => Promise.resolve() },
          queues,
          settings: { retrySchedule: [60_000], timeoutMs: 10_000, signatureAlg: 'sha256' },
        },
        { deliveries: 64, perSubscription: 8, perOrigin: 64, ...concurrency },
      )
      return pump
    },
    answering(exchange, ...callbacks) {
      for (const url of callbacks.length > 0 ? callbacks : ['']) scripted.set(url, exchange)
      for (const sent of [...underWay]) {
        if (callbacks.length === 0 || callbacks.includes(sent.url)) sent.answer(exchange)
      }
    },
    hanging: (url) => void scripted.set(url, undefined),
    busyWith: (...callbacks) =>
      until(() =>
        Promise.resolve(String(underWay.map(({ url }) => url).sort()) === String(callbacks.sort())),
      ),
    async states() {
      const { items } = await store.registry.deliveries.list({ limit: 1_000 })
      return items.map(({ state }) => state).reverse()
    },
    async close() {
      failing.clear()
      for (const sent of [...underWay]) sent.answer(answer(204))
      scripted.clear()
      scripted.set('', answer(204))
      await pump?.stop()
      await store.close()
      rmSync(folder, { recursive: true })
    },
  }
}
