/** What it costs a healthy subscription, and the memory, that a million deliveries wait for later. */
import { monotonic } from '../clock.ts'
import { idIn } from '../event.ts'
import { median } from '../figures.ts'
import { residentMb } from '../process.ts'
import { startReceiver } from '../receiver.ts'
import type { Figures, Scenario } from '../scenario.ts'
import type { Scene } from '../scene.ts'
import { makeStore, openSeeded, untilIdle } from '../seeded-hub.ts'
import { seedRetries, seedSubscriptions } from '../store-seed.ts'

const START_MS = 10_000

export const waiting: Scenario = {
  rows: [
    {
      id: 'claim',
      what: 'publish → receipt with 1,000,000 retries scheduled for later (baseline: without)',
      unit: 'ms',
      bar: { kind: 'same' },
    },
    {
      id: 'memory',
      what: 'resident memory with 100,000 subscriptions and 1,000,000 deliveries waiting (baseline: without these)',
      unit: 'MB',
      bar: { kind: 'at most MB', megabytes: 300 },
    },
  ],
  async open(workplace, { waiting: { subscriptions, deliveries, publishes } }) {
    const receiver = workplace.keep(await startReceiver())
    const events = Math.round(deliveries / subscriptions)
    const openStore = async (retries: boolean): Promise<Scene> => {
      const store = await makeStore(workplace, events, (folder) => {
        seedSubscriptions(folder, { tenant: 'crowd', subscriptions })
        if (retries) seedRetries(folder, events * subscriptions)
      })
      const scene = await openSeeded(workplace, store)
      await untilIdle(scene.hub.pid, START_MS)
      // Nobody else is subscribed to what happens there.
      await scene.subscribe('other', [receiver.url('/cb')])
      return scene
    }
    const full = await openStore(true)
    const empty = await openStore(false)

    /** One publish after the other, so that each finds the hub at rest. */
    const measure = async (scene: Scene): Promise<Figures> => {
      await receiver.reset(true)
      const startedAt = new Map<string, number>()
      for (let i = 1; i <= publishes; i += 1) {
        const began = monotonic()
        const { id } = await scene.publish('other')
        startedAt.set(id, began)
        await receiver.wait({ posts: i })
      }
      const took = (await receiver.arrivals()).map(
        (arrival) => arrival.at - (startedAt.get(idIn(arrival)) ?? NaN),
      )
      // At the most so far, which no reading at one moment would see.
      return { claim: { value: median(took) }, memory: { value: residentMb(scene.hub.pid).peak } }
    }
    return { hub: () => measure(full), baseline: () => measure(empty) }
  },
}
