/** From a publisher's request to the subscriber's receipt, at a steady rate; against the barest chain that is durable. */
import { join } from 'node:path'
import { Pool } from 'undici'
import { monotonic } from '../clock.ts'
import { type BenchEvent, idIn, makeEvent } from '../event.ts'
import { expect } from '../exchange.ts'
import { quantile } from '../figures.ts'
import { startHub } from '../hub.ts'
import { steadily } from '../load.ts'
import { startProgram } from '../process.ts'
import { startReceiver } from '../receiver.ts'
import type { Figures, Scenario } from '../scenario.ts'
import { openScene } from '../scene.ts'

/** Of a SET that the hub makes of such an event: as many bytes go out of the chain. */
const SET_BYTES = 960

const CONNECTIONS = 32

export const latency: Scenario = {
  rows: [
    {
      id: 'latency-p50',
      what: 'publish → receipt at 200/s steady, p50',
      unit: 'ms',
      bar: { kind: 'at most', ratio: 3 },
    },
    {
      id: 'latency-p99',
      what: 'publish → receipt at 200/s steady, p99',
      unit: 'ms',
      bar: { kind: 'at most', ratio: 8 },
    },
  ],
  async open(workplace, { latency: { perSecond, ms } }) {
    const receiver = workplace.keep(await startReceiver())
    const url = receiver.url('/cb')
    const headers = { 'Content-Type': 'application/secevent+jwt', Accept: 'application/json' }
    const chain = workplace.keep(
      await startProgram('bare-chain', [
        join(workplace.folder(), 'chain.db'),
        url,
        JSON.stringify(headers),
        String(SET_BYTES),
      ]),
    )
    const scene = workplace.keep(
      await openScene(await startHub(workplace.folder()), { connections: CONNECTIONS }),
    )
    await scene.subscribe('other', [url])
    const bare = new Pool(`http://127.0.0.1:${chain.ports.port}`, {
      connections: CONNECTIONS,
      pipelining: 1,
    })
    workplace.keep({ kill: () => bare.destroy() })

    const measure = async (publish: (event: BenchEvent) => Promise<unknown>): Promise<Figures> => {
      await receiver.reset(true)
      const startedAt = new Map<string, number>()
      await steadily(perSecond, ms, () => {
        const event = makeEvent('other')
        startedAt.set(event.id, monotonic())
        return publish(event)
      })
      await receiver.wait({ posts: startedAt.size })
      const arrivals = await receiver.arrivals()
      const took = arrivals.map((arrival) => arrival.at - (startedAt.get(idIn(arrival)) ?? NaN))
      return {
        'latency-p50': { value: quantile(took, 0.5) },
        'latency-p99': { value: quantile(took, 0.99) },
      }
    }
    return {
      hub: () => measure((event) => expect(scene.pool, 202, event.request)),
      baseline: () => measure((event) => expect(bare, 202, event.request)),
    }
  },
}
