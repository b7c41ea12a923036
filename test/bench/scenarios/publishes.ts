/** Publishes accepted per second: durable, signed; against a koa route that reads the same body and answers 202. */
import { Pool } from 'undici'
import { makeEvent } from '../event.ts'
import { expect } from '../exchange.ts'
import { startHub } from '../hub.ts'
import { perSecond } from '../load.ts'
import { cpuMs, startProgram } from '../process.ts'
import { startReceiver } from '../receiver.ts'
import type { Figure, Scenario } from '../scenario.ts'
import { openScene } from '../scene.ts'

export const publishes: Scenario = {
  rows: [
    {
      id: 'publishes',
      what: 'accepted publishes, 32 connections, durable, signed',
      unit: '/s',
      bar: { kind: 'at least', ratio: 0.5 },
    },
    {
      id: 'publishes-one',
      what: 'the same with one subscription, which is sent all of them meanwhile',
      unit: '/s',
      bar: { kind: 'none' },
    },
  ],
  async open(workplace, { publishes: { ms, connections } }) {
    const receiver = workplace.keep(await startReceiver())
    const route = workplace.keep(await startProgram('bare-route'))
    const scene = workplace.keep(await openScene(await startHub(workplace.folder()), { connections }))
    const bare = new Pool(`http://127.0.0.1:${route.ports.port}`, { connections, pipelining: 1 })
    workplace.keep({ kill: () => bare.destroy() })
    await scene.subscribe('other', [receiver.url('/cb')])

    const measure = async (pid: number, act: () => Promise<unknown>): Promise<Figure> => {
      const before = cpuMs(pid)
      const value = await perSecond(connections, ms, act)
      return { value, cpu: ((cpuMs(pid) - before) * 1000) / ((value * ms) / 1000) }
    }
    return {
      async hub() {
        await receiver.reset()
        // Nobody is subscribed to what happens in the crowd.
        const alone = await measure(scene.hub.pid, () => scene.publish('crowd'))
        let published = 0
        const one = await measure(scene.hub.pid, async () => {
          await scene.publish('other')
          published += 1
        })
        await receiver.wait({ posts: published })
        return { publishes: alone, 'publishes-one': one }
      },
      async baseline() {
        const figure = await measure(route.pid, () => expect(bare, 202, makeEvent('crowd').request))
        return { publishes: figure, 'publishes-one': figure }
      },
    }
  },
}
