/** What it costs a healthy subscription, and the memory, that a million deliveries wait for later. */
import { monotonic } from '../clock.ts'
import { idIn } from '../event.ts'
import { median } from '../figures.ts'
import { startHub } from '../hub.ts'
import { residentMb } from '../process.ts'
import { startReceiver } from '../receiver.ts'
import type { Scenario } from '../scenario.ts'
import { openScene } from '../scene.ts'
import { makeStore, openSeeded, untilIdle } from '../seeded-hub.ts'
import type { Sizes } from '../sizes.ts'
import { seedRetries, seedSubscriptions } from '../store-seed.ts'
import type { Workplace } from '../workplace.ts'

const START_MS = 10_000

async function open(workplace: Workplace, { waiting }: Sizes) {
  const receiver = workplace.keep(await startReceiver())
  const { subscriptions, deliveries, publishes } = waiting
  const events = Math.round(deliveries / subscriptions)
  const storeOf = (retries: boolean) =>
    makeStore(workplace, events, (folder) => {
      seedSubscriptions(folder, { tenant: 'crowd', subscriptions })
      if (retries) seedRetries(folder)
    })
  const full = await openSeeded(workplace, await storeOf(true))
  const empty = await openSeeded(workplace, await storeOf(false))
  for (const scene of [full, empty]) {
    await untilIdle(scene.hub.pid, START_MS)
    // Nobody else is subscribed to what happens there.
    await scene.subscribe('other', [receiver.url('/cb')])
  }

  /** One after the other, so that each finds the hub at rest. */
  const receiptTimes = async (scene: typeof full): Promise<number[]> => {
    await receiver.reset(true)
    const startedAt = new Map<string, number>()
    for (let i = 1; i <= publishes; i += 1) {
      const began = monotonic()
      const { id } = await scene.publish('other')
      startedAt.set(id, began)
      await receiver.wait({ posts: i })
    }
    const arrivals = await receiver.arrivals()
    return arrivals.map((arrival) => arrival.at - (startedAt.get(idIn(arrival)) ?? NaN))
  }
  return { full, empty, receiptTimes }
}

export const claim: Scenario = {
  rows: [
    {
      id: 'claim',
      what: 'publish → receipt with 1,000,000 retries scheduled for later (baseline: without)',
      unit: 'ms',
      bar: { kind: 'same' },
    },
  ],
  async open(workplace, sizes) {
    const { full, empty, receiptTimes } = await open(workplace, sizes)
    const measure = async (scene: typeof full) => ({ claim: { value: median(await receiptTimes(scene)) } })
    return { hub: () => measure(full), baseline: () => measure(empty) }
  },
}

export const memory: Scenario = {
  rows: [
    {
      id: 'memory',
      what: 'resident memory with 100,000 subscriptions and 1,000,000 deliveries waiting (baseline: an empty hub)',
      unit: 'MB',
      bar: { kind: 'at most MB', megabytes: 300 },
    },
  ],
  once: true,
  async open(workplace, sizes) {
    const { full, receiptTimes } = await open(workplace, sizes)
    const fresh = workplace.keep(await openScene(await startHub(workplace.folder())))
    return {
      async hub() {
        await receiptTimes(full)
        return { memory: { value: residentMb(full.hub.pid).peak } }
      },
      async baseline() {
        for (let i = 0; i < sizes.waiting.publishes; i += 1) await fresh.publish('other')
        return { memory: { value: residentMb(fresh.hub.pid).peak } }
      },
    }
  },
}
