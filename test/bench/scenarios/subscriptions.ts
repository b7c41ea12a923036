/** Subscriptions accepted and verified per second; against a loop that asks for the challenges alone. */
import { asLongAs, startBareLoop } from '../bare-loop.ts'
import { monotonic } from '../clock.ts'
import { expect } from '../exchange.ts'
import { startHub } from '../hub.ts'
import { closedLoop } from '../load.ts'
import { cpuMs } from '../process.ts'
import { startReceiver } from '../receiver.ts'
import type { Figures, Scenario } from '../scenario.ts'
import { openScene, subscribeRequest, topicOf } from '../scene.ts'

export const subscriptions: Scenario = {
  rows: [
    {
      id: 'subscriptions',
      what: 'subscriptions accepted and verified, 20 connections',
      unit: '/s',
      bar: { kind: 'at least', ratio: 0.3 },
    },
  ],
  async open(workplace, { subscriptions: { each, connections } }) {
    const receiver = workplace.keep(await startReceiver())
    const loop = workplace.keep(await startBareLoop())
    // The bounds on what one client asks for are against strangers, and not what is measured.
    const env = { SIGNET_MAX_VERIFICATIONS: String(1_000 * (each + connections)) }
    const scene = workplace.keep(await openScene(await startHub(workplace.folder(), env), { connections }))
    const { pool, tokens, hub } = scene
    // A host for each connection: the hub's pace for one host is not what is measured either.
    const hosts = Array.from({ length: connections }, (_, i) => `127.0.0.${i + 1}`)
    let asked = 0

    let hubMs = 0
    const figures = (done: number, ms: number, cpu: number): Figures => ({
      subscriptions: { value: (done * 1000) / ms, cpu: (cpu * 1000) / done },
    })
    return {
      async hub() {
        await receiver.reset()
        const until = asked + each
        const before = cpuMs(hub.pid)
        const began = monotonic()
        const verified = receiver.wait({ gets: each })
        await closedLoop(
          connections,
          () => asked >= until,
          () => {
            asked += 1
            const callback = receiver.url(`/cb/${asked}`, hosts[asked % hosts.length])
            return expect(pool, 202, subscribeRequest('crowd', callback, tokens.crowd))
          },
        )
        const { lastAt } = await verified
        const cpu = cpuMs(hub.pid) - before
        await scene.untilActive(Math.min(each, 500))
        hubMs = lastAt - began
        return figures(each, hubMs, cpu)
      },
      async baseline() {
        const parameters = new URLSearchParams({
          'hub.mode': 'subscribe',
          'hub.topic': topicOf('crowd'),
          'hub.lease_seconds': '864000',
        })
        const urls = hosts.map((host, i) =>
          receiver.url(`/cb/${i}?${parameters.toString()}&hub.challenge=`, host),
        )
        const result = await loop.run({ urls, ms: asLongAs(hubMs), connections: 1 })
        return figures(result.count, result.endedAt - result.startedAt, result.cpuMs)
      },
    }
  },
}
