/** The engine as it is, on a real store, with a clock that a test moves and receivers whose mood it sets. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type Sqlite from 'better-sqlite3'
import type { Exchange } from '../../src/core/exchange.ts'
import { expire } from '../../src/flow/expire.ts'
import { fanOut } from '../../src/flow/fan-out.ts'
import { replay } from '../../src/flow/replay.ts'
import { random } from '../../src/random.ts'
import { createStore, openFile, type Store } from '../../src/store/index.ts'
import { startDeliveries } from '../../src/worker/deliveries.ts'
import { type Pump, startPump } from '../../src/worker/pump.ts'
import { NOW, populate, vault } from '../store/scene.ts'
import { observer, type WatchedObserver } from '../worker/observer.ts'

export const SCHEDULE = [5_000, 30_000, 120_000]
export const HANDS = { deliveries: 8, perSubscription: 4, perOrigin: 6 }

/** A request that a receiver has not answered. */
export interface Hanging {
  url: string
  answer: (exchange: Exchange) => void
}

/** What a receiver answers, or 'hang'. */
export type Mood = (fraction: number) => Exchange | 'hang'

export interface Rig {
  store: Store
  /** The store's own connection: what is read between two commits is what is on the disk. */
  file: Sqlite.Database
  watched: WatchedObserver
  clock: { now: () => number }
  /** The latest time that the clock has ever shown: where it was set back, nobody may have seen it yet. */
  latest(): number
  /** Callbacks of which a subscription was deleted, with what was known of its attempts. */
  forgotten: Set<string>
  hanging: Hanging[]
  moods: Map<string, Mood>
  /** Attempts, and those that were answered 2xx, by callback and body. */
  attempts: Map<string, { made: number; taken: number }>
  move(ms: number): void
  wake(): void
  restart(): Promise<void>
  close(): Promise<void>
}

const ok: Exchange = { kind: 'answer', status: 204, body: Buffer.alloc(0), ms: 1 }
const happy: Mood = () => ok

export async function startRig(fraction: () => number): Promise<Rig> {
  const folder = mkdtempSync(join(tmpdir(), 'signet-model-'))
  const path = join(folder, 'signet.db')
  const watched = observer()
  let ahead = 0
  let closing = false
  const began = performance.now()
  let latest = 0
  const clock = { now: () => NOW + Math.floor(performance.now() - began + ahead) }
  let pumps: Pump[] = []
  const wake = (): void => {
    for (const pump of pumps) pump.wake()
  }

  const rig: Rig = {
    ...(await open()),
    ...{ watched, clock, wake, hanging: [], moods: new Map(), attempts: new Map() },
    forgotten: new Set(),
    latest: () => (latest = Math.max(latest, clock.now())),
    move: (ms) => void (ahead += ms),
    async restart() {
      await shut()
      Object.assign(rig, await open())
      start()
    },
    async close() {
      await shut()
      rmSync(folder, { recursive: true })
    },
  }
  await populate(rig.store)
  start()
  return rig

  async function open(): Promise<{ store: Store; file: Sqlite.Database }> {
    const file = openFile(path)
    return { file, store: await createStore(file, vault) }
  }

  async function shut(): Promise<void> {
    closing = true
    const stopped = Promise.all(pumps.map((pump) => pump.stop()))
    for (const { answer } of rig.hanging.splice(0)) answer(ok)
    await stopped
    await rig.store.close()
  }

  function send({ url, body }: { url: string; body?: string | Buffer }): Promise<Exchange> {
    const key = `${url} ${String(body)}`
    const noted = rig.attempts.get(key) ?? { made: 0, taken: 0 }
    noted.made += 1
    rig.attempts.set(key, noted)
    return new Promise((resolve) => {
      const answer = (exchange: Exchange): void => {
        if (exchange.kind === 'answer' && exchange.status < 300) noted.taken += 1
        resolve(exchange)
      }
      const exchange = closing ? ok : (rig.moods.get(url) ?? happy)(fraction())
      if (exchange === 'hang') rig.hanging.push({ url, answer })
      else setImmediate(() => answer(exchange))
    })
  }

  function start(): void {
    closing = false
    const { store } = rig
    const parts = { clock, observer: watched, wake }
    const sweep = { expiry: store.expiry, contents: store.contents, webTopics: store.webTopics }
    pumps = [
      startPump(
        'fan-out',
        async () => ((await fanOut({ ...parts, publications: store.fanOut })) ? 0 : Infinity),
        watched,
      ),
      startPump('replay', () => replay({ ...parts, replays: store.replays }), watched),
      startPump(
        'expire',
        async () => ((await expire({ ...parts, ...sweep, retrySchedule: SCHEDULE })) ? 0 : Infinity),
        watched,
      ),
      startDeliveries(
        {
          ...{ url: 'https://hub.example', hubUrl: 'https://hub.example/hub' },
          ...{ vault, clock, observer: watched, sets: store.signedSets },
          keys: { isRevoked: () => false, signAgain: () => Promise.resolve(undefined) },
          random: { ...random, fraction },
          outbound: { send, close: () => Promise.resolve() },
          queues: store.queues,
          settings: { retrySchedule: SCHEDULE, timeoutMs: 10_000, signatureAlg: 'sha256' },
        },
        HANDS,
      ),
    ]
  }
}
