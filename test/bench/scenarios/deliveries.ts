/** Deliveries per second: durable, signed, with HMAC; against a loop that posts the same bytes to the same receiver. */
import { asLongAs, startBareLoop } from '../bare-loop.ts'
import { monotonic } from '../clock.ts'
import { startHub } from '../hub.ts'
import { closedLoop } from '../load.ts'
import { cpuMs } from '../process.ts'
import { type Arrival, startReceiver } from '../receiver.ts'
import type { Figure, Scenario } from '../scenario.ts'
import { openScene } from '../scene.ts'

/** As many connections as the hub has to an origin, unless it is told otherwise. */
const PER_ORIGIN = 64

const PUBLISHERS = 8

export const deliveries: Scenario = {
  rows: [
    {
      id: 'deliveries',
      what: 'deliveries, 1 event stream to 100 subscriptions, durable, signed, HMAC',
      unit: '/s',
      bar: { kind: 'at least', ratio: 0.6 },
    },
  ],
  async open(workplace, { deliveries: { subscriptions, events } }) {
    const receiver = workplace.keep(await startReceiver())
    const loop = workplace.keep(await startBareLoop())
    const scene = workplace.keep(
      await openScene(await startHub(workplace.folder()), { connections: PUBLISHERS }),
    )
    const { pid } = scene.hub
    const urls = Array.from({ length: subscriptions }, (_, i) => receiver.url(`/cb/${i}`))
    await scene.subscribe('other', urls)
    const post = await oneDelivery()
    const count = subscriptions * events

    /** What the hub sends, so that the loop sends the same. */
    async function oneDelivery() {
      await receiver.reset(true)
      await scene.publish('other')
      await receiver.wait({ posts: subscriptions })
      const [arrival] = await receiver.arrivals()
      if (arrival === undefined) throw new Error('nothing arrived')
      return { headers: headersOf(arrival), body: arrival.body }
    }

    let hubMs = 0
    const figure = (done: number, ms: number, cpu: number): Record<string, Figure> => ({
      deliveries: { value: (done * 1000) / ms, cpu: (cpu * 1000) / done },
    })
    return {
      async hub() {
        await receiver.reset()
        const before = cpuMs(pid)
        const began = monotonic()
        let left = events
        const arrived = receiver.wait({ posts: count })
        await closedLoop(
          PUBLISHERS,
          () => left-- <= 0,
          () => scene.publish('other'),
        )
        const { lastAt } = await arrived
        hubMs = lastAt - began
        return figure(count, hubMs, cpuMs(pid) - before)
      },
      async baseline() {
        await receiver.reset()
        const result = await loop.run({ urls, ms: asLongAs(hubMs), connections: PER_ORIGIN, post })
        const { lastAt } = await receiver.wait({ posts: result.count })
        return figure(result.count, lastAt - result.startedAt, result.cpuMs)
      },
    }
  },
}

/** Without those that the connection gives. */
function headersOf({ headers }: Arrival): Record<string, string> {
  const pairs = headers.flatMap((name, i) => (i % 2 === 0 ? [[name, headers[i + 1] ?? ''] as const] : []))
  return Object.fromEntries(pairs.filter(([name]) => !/^(host|connection|content-length)$/i.test(name)))
}
