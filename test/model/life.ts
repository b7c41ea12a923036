/** One random life: so many moves, then peace, in which everything that is owed must come to an end. */
import { setImmediate } from 'node:timers/promises'
import type { Exchange } from '../../src/core/exchange.ts'
import { seededFraction } from '../faults/seeded.ts'
import { accept, callback, confirm } from '../store/scene.ts'
import { failures as failuresOf } from '../worker/observer.ts'
import { until } from '../support/until.ts'
import { brokenInvariants } from './invariants.ts'
import { HANDS, type Mood, type Rig, startRig } from './rig.ts'

const TOPICS: [string, string] = ['https://hub.example/topics/acme/a', 'https://hub.example/topics/acme/b']
// Three at one origin, of which each has less than it could use.
const CALLBACKS = ['https://crowd.example/1', 'https://crowd.example/2', 'https://crowd.example/3'].concat(
  ['p', 'q', 'r'].map(callback),
)
/** Longer than any life is, whatever the clock says. */
const LEASE_SECONDS = 1_000_000_000
const HOUR = 3_600_000

const answer = (
  status: number,
  more: { body?: string; retryAfter?: string; ms?: number } = {},
): Exchange => ({
  ...{ kind: 'answer', status, ms: 1 },
  ...more,
  body: Buffer.from(more.body ?? ''),
})
const ok = answer(204)
const fault: Exchange = { kind: 'fault', fault: 'timeout', detail: '', ms: 10_000 }

const MOODS: Mood[] = [
  () => ok,
  () => ok,
  () => answer(204, { ms: 3_000 }),
  () => answer(500),
  (at) => (at < 0.5 ? ok : answer(500)),
  (at) => (at < 0.3 ? 'hang' : ok),
  () => 'hang',
  (at) => (at < 0.7 ? ok : answer(429, { retryAfter: '7' })),
  () => answer(503, { retryAfter: '3600' }),
  (at) => (at < 0.5 ? ok : answer(400, { body: '{"err":"x"}' })),
  (at) => (at < 0.05 ? answer(410) : ok),
]

export interface Life {
  /** Invariants that did not hold, with the move after which they did not. */
  broken: string[]
  /** What a subscription was owed, and what nothing is known of. */
  lost: unknown[]
  /** Attempts that are not recorded, or recorded and not made. */
  unrecorded: unknown[]
  failures: unknown[]
  figures: { attempts: number; delivered: number; dead: number; dropped: number; restMs: number }
}

export async function playLife(seed: number, steps: number): Promise<Life> {
  const fraction = seededFraction(seed)
  const pick = <T>(among: readonly T[]): T => among[Math.floor(fraction() * among.length)] as T
  // The engine's own chances are others, so that moves are the same whatever it asks for.
  const rig = await startRig(seededFraction(seed + 1))
  const broken: string[] = []
  const done: string[] = []
  const check = (): void => {
    for (const each of brokenInvariants(rig.file, rig.latest()))
      if (broken.length < 3) broken.push(`${each} after ${done.slice(-8).join(', ')}`)
  }
  try {
    const moves = movesOf(rig, pick, fraction)
    for (let step = 0; step < steps && broken.length === 0; step += 1) {
      const [name, move] = pick(moves)
      done.push(name)
      await move()
      if (fraction() < 0.7) rig.wake()
      for (let n = Math.floor(fraction() * 6); n > 0; n -= 1) {
        await setImmediate()
        check()
      }
    }
    const began = performance.now()
    await rest(rig, check)
    const restMs = Math.round(performance.now() - began)
    await useAllHands(rig)
    await rest(rig, check)
    return {
      ...accounts(rig),
      broken,
      failures: failuresOf(rig.watched),
      figures: { ...figures(rig), restMs },
    }
  } finally {
    await rig.close()
  }
}

type Move = readonly [name: string, move: () => unknown]

function movesOf(rig: Rig, pick: <T>(among: readonly T[]) => T, fraction: () => number): Move[] {
  const ids = (): string[] =>
    rig.file
      .prepare<[], { id: string }>('select id from subscriptions')
      .all()
      .map(({ id }) => id)
  const release = (share: number): void => {
    for (const hanging of [...rig.hanging]) {
      if (fraction() > share) continue
      rig.hanging.splice(rig.hanging.indexOf(hanging), 1)
      hanging.answer(fraction() < 0.7 ? ok : fault)
    }
  }
  const ask = (mode: 'subscribe' | 'unsubscribe', topic: string, url: string) =>
    confirm(rig.store, { mode, topic, callback: url, leaseSeconds: LEASE_SECONDS, now: rig.clock.now() })
  const publish = async (events: number): Promise<void> => {
    const topics: [string, ...string[]] = fraction() < 0.2 ? TOPICS : [pick(TOPICS)]
    for (let n = 0; n < events; n += 1) await accept(rig.store, topics)
  }
  const remove = (id: string): Promise<unknown> => {
    const found = rig.file
      .prepare<[string], { callback: string }>('select callback from subscriptions where id = ?')
      .get(id)
    if (found !== undefined) rig.forgotten.add(found.callback)
    return rig.store.registry.subscriptions.remove(id, rig.clock.now())
  }
  const onOne = async (change: (id: string) => Promise<unknown>): Promise<void> => {
    const all = ids()
    if (all.length > 0) await change(pick(all))
  }
  return [
    ['publish', () => publish(1 + Math.floor(fraction() * 4))],
    ['publish many', () => publish(10 + Math.floor(fraction() * 20))],
    ['mood', () => rig.moods.set(pick(CALLBACKS), pick(MOODS))],
    ['mood', () => rig.moods.set(pick(CALLBACKS), pick(MOODS))],
    ['answer', () => release(0.8)],
    ['answer', () => release(0.3)],
    ['subscribe', () => ask('subscribe', pick(TOPICS), pick(CALLBACKS))],
    ['subscribe', () => ask('subscribe', pick(TOPICS), pick(CALLBACKS))],
    ['unsubscribe', () => ask('unsubscribe', pick(TOPICS), pick(CALLBACKS)).catch(() => undefined)],
    [
      'leave and come back',
      async () => {
        const [topic, url] = [pick(TOPICS), pick(CALLBACKS)]
        await ask('unsubscribe', topic, url).catch(() => undefined)
        await ask('subscribe', topic, url)
      },
    ],
    ['pause', () => onOne((id) => rig.store.registry.subscriptions.pause(id, true, rig.clock.now()))],
    ['resume', () => onOne((id) => rig.store.registry.subscriptions.pause(id, false, rig.clock.now()))],
    ['delete', () => (fraction() < 0.2 ? onOne(remove) : undefined)],
    [
      'retry',
      async () => {
        const { items } = await rig.store.registry.deliveries.list({ limit: 50 })
        if (items.length > 0) await rig.store.registry.deliveries.retry(pick(items).id, rig.clock.now())
      },
    ],
    [
      'replay',
      () =>
        onOne((id) => {
          const until = rig.clock.now()
          return rig.store.replays.begin(id, { since: until - HOUR * fraction(), until }, until)
        }),
    ],
    ['a moment', () => rig.move(3_000 * fraction())],
    ['a while', () => rig.move(60_000 * fraction())],
    ['hours', () => rig.move(2 * HOUR * fraction())],
    ['set back', () => rig.move(-HOUR * fraction())],
    ['restart', () => (fraction() < 0.3 ? rig.restart() : undefined)],
  ]
}

/** Everyone is well, and time goes by: nothing may be left. */
async function rest(rig: Rig, check: () => void): Promise<void> {
  rig.moods.clear()
  for (const { id } of rig.file.prepare<[], { id: string }>('select id from subscriptions').all())
    await rig.store.registry.subscriptions.pause(id, false, rig.clock.now())
  const left = rig.file.prepare<[], { n: number }>(
    `select (select count(*) from deliveries) + (select count(*) from replays)
       + (select count(*) from publications where fan_out_after is not null)
       + (select count(*) from queues where claim is not null) as n`,
  )
  await until(
    () => {
      for (const { answer } of rig.hanging.splice(0)) answer(ok)
      check()
      rig.move(60_000)
      rig.wake()
      return Promise.resolve(left.get()?.n === 0)
    },
    { timeoutMs: 40_000 },
  ).catch((error: unknown) => {
    const rows = rig.file
      .prepare(
        `select s.num, state, paused, active_from, undelivered, q.*, (select count(*) from deliveries where subscription = s.num) as waiting
         from subscriptions s left join queues q on q.subscription = s.num`,
      )
      .all()
    throw new Error(`never at rest: ${JSON.stringify(rows)}`, { cause: error })
  })
}

/** None was lost on the way: there are as many as there were. */
async function useAllHands(rig: Rig): Promise<void> {
  const urls = ['t', 'u', 'v', 'w'].map((name) => callback(name))
  const topic = 'https://hub.example/topics/acme/hands'
  const now = rig.clock.now()
  for (const url of urls) await confirm(rig.store, { topic, callback: url, leaseSeconds: LEASE_SECONDS, now })
  // Once known to be quick, they may have all of them.
  for (let n = 0; n < 12; n += 1) await accept(rig.store, [topic])
  await rest(rig, () => undefined)
  for (const url of urls) rig.moods.set(url, () => 'hang')
  for (let n = 0; n < 12; n += 1) await accept(rig.store, [topic])
  rig.wake()
  await until(() => Promise.resolve(rig.hanging.length === HANDS.deliveries))
}

/** Every event that a life was owed, and every attempt that was made. */
function accounts(rig: Rig): Pick<Life, 'lost' | 'unrecorded'> {
  const lost = rig.file
    .prepare(
      `select s.num, s.callback, p.seq from subscriptions s join publications p on p.topic = s.topic and p.seq > s.active_from
       where s.state = 'active' and not exists (
         select 1 from history h where h.subscription = s.num and h.event = p.seq and h.state <> 'dropped')`,
    )
    .all()
  const recorded = rig.file
    .prepare<[], { key: string; made: number; taken: number; allTaken: number }>(
      `select s.callback || ' ' || e.body as key, sum(h.attempts) as made, sum(h.state = 'delivered') as taken,
         min(h.state = 'delivered') as allTaken
       from history h join subscriptions s on s.num = h.subscription join events e on e.seq = h.event group by key`,
    )
    .all()
  const known = new Map(recorded.map(({ key, ...noted }) => [key, noted]))
  const unrecorded = [...rig.attempts].filter(([key, { made, taken }]) => {
    const noted = known.get(key)
    // Of a subscription that was deleted nothing is kept.
    if (rig.forgotten.has(key.split(' ')[0] ?? '')) return false
    // A failure that ended when its claim had lapsed, and nothing waited any more, is not recorded.
    return noted?.taken !== taken || (noted.allTaken === 1 ? noted.made !== made : noted.made > made)
  })
  return { lost, unrecorded: unrecorded.map(([key, made]) => ({ key, made, noted: known.get(key) })) }
}

const figures = (rig: Rig): Omit<Life['figures'], 'restMs'> => {
  const count = (state: string): number =>
    rig.file.prepare<[string], { n: number }>('select count(*) as n from history where state = ?').get(state)
      ?.n ?? 0
  return {
    attempts: [...rig.attempts.values()].reduce((sum, { made }) => sum + made, 0),
    delivered: count('delivered'),
    dead: count('dead'),
    dropped: count('dropped'),
  }
}
