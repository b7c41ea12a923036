/** How long healthy subscriptions wait, with and without others that are dead or slow. */
import { monotonic } from '../clock.ts'
import { idIn, makeEvent } from '../event.ts'
import { expect } from '../exchange.ts'
import { quantile } from '../figures.ts'
import { startHub } from '../hub.ts'
import { steadily } from '../load.ts'
import { startReceiver } from '../receiver.ts'
import type { Figures, Scenario } from '../scenario.ts'
import { openScene } from '../scene.ts'

export const isolation: Scenario = {
  rows: [
    {
      id: 'isolation',
      what: 'healthy subscriptions’ p99 with 10 % dead and 10 % answering in 5 s (baseline: without)',
      unit: 'ms',
      bar: { kind: 'at most', ratio: 2 },
    },
  ],
  async open(workplace, { isolation: { subscriptions, perSecond, ms, slowMs } }) {
    const receiver = workplace.keep(await startReceiver())
    // A host for each: what the hub allows an origin is not what is measured.
    const host = (i: number) => `127.0.1.${i + 1}`
    const tenth = Math.ceil(subscriptions / 10)
    const healthy = Array.from({ length: subscriptions }, (_, i) => receiver.url(`/cb/${i}`, host(i)))
    // Where nobody listens any more, where nobody answers, and where it takes long.
    const dead = Array.from({ length: tenth }, (_, i) =>
      i % 2 === 0 ? receiver.secondUrl(`/gone/${i}`, host(i)) : receiver.url(`/silent/${i}`, host(i)),
    )
    const slow = Array.from({ length: tenth }, (_, i) =>
      receiver.url(`/slow/${slowMs}/${i}`, host(tenth + i)),
    )
    const measured = new Set(healthy.slice(2 * tenth).map((url) => new URL(url).pathname))

    const open = async (callbacks: string[]) => {
      const scene = workplace.keep(await openScene(await startHub(workplace.folder()), { connections: 32 }))
      await scene.subscribe('other', callbacks)
      return scene
    }
    const without = await open(healthy)
    const beside = await open([...dead, ...slow, ...healthy.slice(2 * tenth)])
    await receiver.closeSecond()

    const measure = async ({ pool }: typeof without): Promise<Figures> => {
      await receiver.reset(true)
      const startedAt = new Map<string, number>()
      await steadily(perSecond, ms, () => {
        const event = makeEvent('other')
        startedAt.set(event.id, monotonic())
        return expect(pool, 202, event.request)
      })
      const took = await arrived(startedAt)
      return { isolation: { value: quantile(took, 0.99) } }
    }
    /** What the healthy got of these events, once all of it is there. */
    const arrived = async (startedAt: Map<string, number>): Promise<number[]> => {
      const all = startedAt.size * measured.size
      for (let wanted = all; ;) {
        await receiver.wait({ posts: wanted })
        const arrivals = await receiver.arrivals()
        const took = arrivals.flatMap((arrival) => {
          const began = measured.has(arrival.url) ? startedAt.get(idIn(arrival)) : undefined
          return began === undefined ? [] : [arrival.at - began]
        })
        if (took.length >= all) return took
        wanted = arrivals.length + all - took.length
      }
    }
    return { hub: () => measure(beside), baseline: () => measure(without) }
  },
}
