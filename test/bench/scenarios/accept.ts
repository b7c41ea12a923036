/** How long a publisher waits for its answer, with few and with many subscriptions to the topic. */
import { monotonic } from '../clock.ts'
import { median } from '../figures.ts'
import type { Figures, Scenario } from '../scenario.ts'
import type { Scene } from '../scene.ts'
import { makeStore, openSeeded, untilIdle } from '../seeded-hub.ts'
import { seedSubscriptions } from '../store-seed.ts'
import type { Workplace } from '../workplace.ts'

/** A process that has just begun is slow for reasons of its own. */
const WARMING_UP = 100

/** Others publish so often while the deliveries of an event are being made. */
const OTHERS = 5

/** No fan-out is waited for any longer: a hub that takes more time than this shows it in its answers. */
const FAN_OUT_MS = 20_000

export const accept: Scenario = {
  rows: [
    {
      id: 'accept',
      what: 'accept time with 100,000 subscriptions on the topic (baseline: with 10)',
      unit: 'ms',
      bar: { kind: 'same' },
    },
    {
      id: 'accept-others',
      what: 'accept time of others just after such an event (baseline: likewise)',
      unit: 'ms',
      bar: { kind: 'none' },
    },
  ],
  async open(workplace, { accept: { few, many, publishes } }) {
    // Their deliveries are made, and not sent: nothing is measured but accepting.
    const storeOf = (subscriptions: number) =>
      makeStore(workplace, 0, (folder) =>
        seedSubscriptions(folder, { tenant: 'crowd', subscriptions, paused: true }),
      )
    const measure = async (store: Awaited<ReturnType<typeof storeOf>>): Promise<Figures> => {
      // Anew in each round, so that no round begins with what the one before it has left.
      const round: Workplace = workplace.within()
      try {
        return await measureAccepting(await openSeeded(round, store), publishes)
      } finally {
        await round.kill()
      }
    }
    const crowded = await storeOf(many)
    const small = await storeOf(few)
    return { hub: () => measure(crowded), baseline: () => measure(small) }
  },
}

async function measureAccepting(scene: Scene, publishes: number): Promise<Figures> {
  const timed = async (tenant: 'crowd' | 'other'): Promise<number> => {
    const began = monotonic()
    await scene.publish(tenant)
    return monotonic() - began
  }
  for (let i = 0; i < WARMING_UP; i += 1) await timed('other')
  const own: number[] = []
  const others: number[] = []
  for (let i = 0; i < publishes; i += 1) {
    await untilIdle(scene.hub.pid, FAN_OUT_MS)
    own.push(await timed('crowd'))
    for (let j = 0; j < OTHERS; j += 1) others.push(await timed('other'))
  }
  return { accept: { value: median(own) }, 'accept-others': { value: median(others) } }
}
