/**
 * `kill -9` under load, again and again: nothing that was answered 202 may be lost, an event or a subscription.
 * `SIGNET_TEST_KILLS` says how often, `SIGNET_TEST_SEED` repeats a run's moments.
 */
import { expect, it } from 'vitest'
import type { Published } from '../support/acme.ts'
import { startReceiver, type Script, willing } from '../support/receiver.ts'
import { until } from '../support/until.ts'
import { SESSIONS } from '../support/wso2.ts'
import { activeCallbacks, populate, subscribed, topic } from './client.ts'
import { Ledger } from './ledger.ts'
import { startProgram } from './program.ts'
import { casdoor, relayedJti, startPublishers, wso2 } from './publishers.ts'
import { seed, seededFraction } from './seeded.ts'

const KILLS = Number(process.env.SIGNET_TEST_KILLS ?? 6)
const PUBLISHERS = 6
/** Deliveries under way at the most: what a kill may cause to be sent again. */
const CONCURRENCY = 24
/** Once it listens. The promise is a second; the rest is for a machine that does other things too. */
const REDELIVERY_WITHIN_MS = 3_000
/** Less than the time for which a delivery is claimed, which is longer than this; much, on a disk that others use too. */
const DELIVERY_TIMEOUT = '30s'
const CLEARED_WITHIN_MS = 25_000
/** From the start of the process, which has a runtime to bring up first. */
const RECOVERY_WITHIN_MS = 10_000

/** Subscriptions that get all the load, by their callback's path. */
const LOADED: Record<string, string> = {
  '/everything': topic(),
  '/login': topic('/login'),
  '/session': topic('/session'),
}

/** The subscription of what WSO2 publishes to a topic of its own. */
const RELAYED = '/relayed'

/** Whom the event is owed: those whose topic it is, or above it. */
const owed = (event: string): string[] =>
  Object.keys(LOADED).filter((path) => event === LOADED[path] || event.startsWith(`${LOADED[path] ?? ''}/`))

it(
  `survives ${KILLS} kills`,
  async () => {
    const fraction = seededFraction(seed)
    const ledger = new Ledger()
    const receiver = await startReceiver({ script: unreliable(ledger, seededFraction(seed + 1)) })
    const program = await startProgram({
      SIGNET_CONCURRENCY: `${CONCURRENCY},${CONCURRENCY / 3},${CONCURRENCY}`,
      SIGNET_DELIVERY_TIMEOUT: DELIVERY_TIMEOUT,
      SIGNET_RETRY_SCHEDULE: Array(50).fill('100ms').join(),
      SIGNET_MAX_VERIFICATIONS: '100000',
    })
    try {
      const token = await populate(program)
      const subscribe = (path: string, to: string) => subscribed(program, token, receiver.url(path), to)
      for (const [path, to] of Object.entries(LOADED)) expect(await subscribe(path, to)).toBe(true)
      expect(await subscribed(program, token, receiver.url(RELAYED), SESSIONS)).toBe(true)
      await until(async () => (await activeCallbacks(program)).size === 4)

      const publishers = startPublishers(PUBLISHERS, program, casdoor, (answer) => {
        for (const event of (JSON.parse(answer) as Published).events)
          ledger.accept(event.jti, owed(event.topic))
      })
      const relaying = startPublishers(1, program, wso2, (_, n) => ledger.accept(relayedJti(n), [RELAYED]))
      const promised = new Set<string>()
      const redelivery: number[] = []
      const recovery: number[] = []
      for (let kill = 0; kill < KILLS; kill += 1) {
        await passing(50 + fraction() * 250)
        const ask = async (path: string) => {
          if (await subscribe(path, topic('/user'))) promised.add(receiver.url(path))
        }
        // One is answered and perhaps asked for its challenge, others may be cut off by the kill.
        await ask(`/late-${kill}-0`)
        const late = [1, 2].map(async (n) => {
          await passing(fraction() * 60)
          await ask(`/late-${kill}-${n}`)
        })
        await passing(fraction() * 80)
        await program.kill()
        await Promise.all(late)

        const waiting = ledger.owed()
        if (fraction() < 0.25) await program.killWhileStarting(fraction() * 400)
        await program.start()
        if (waiting.length === 0) continue
        // All of it, what was claimed at the kill too: nothing waits for the end of a dead process's claim.
        await until(() => Promise.resolve(ledger.isServed(waiting)), { timeoutMs: CLEARED_WITHIN_MS })
        const at = ledger.firstServed(waiting, program.startedAt())
        // The last of it may have been under way at the kill, and taken after it.
        if (at === undefined) continue
        redelivery.push(at - program.listeningSince())
        recovery.push(at - program.startedAt())
      }
      await publishers.stop()
      await relaying.stop()
      await until(() => Promise.resolve(ledger.owed().length === 0), { timeoutMs: 20_000 }).catch(
        () => undefined,
      )
      const verified = async () => promised.isSubsetOf(await activeCallbacks(program))
      await until(verified, { timeoutMs: 10_000 })

      const lost = ledger.owed()
      const slowest = Math.max(0, ...redelivery)
      const slowestRecovery = Math.max(0, ...recovery)
      process.stdout.write(
        `seed ${seed}: ${KILLS} kills, ${ledger.acceptedEvents} events accepted, ${publishers.unanswered} requests unanswered, ` +
          `${lost.length} deliveries lost, ${ledger.duplicates()} duplicates, ${promised.size} subscriptions kept, ` +
          `redelivery within ${slowest} ms of listening and ${slowestRecovery} ms of the start, ${recovery.length} times\n`,
      )
      expect(lost).toEqual([])
      expect(ledger.acceptedEvents).toBeGreaterThan(KILLS)
      expect(promised.size).toBeGreaterThanOrEqual(KILLS)
      expect(ledger.altered).toEqual(new Set())
      expect(ledger.duplicates()).toBeLessThanOrEqual(KILLS * CONCURRENCY)
      expect([...publishers.refused, ...relaying.refused]).toEqual([])
      expect(ledger.accepted((jti) => jti.startsWith('relayed-'))).toBeGreaterThan(0)
      expect(slowest).toBeLessThan(REDELIVERY_WITHIN_MS)
      expect(slowestRecovery).toBeLessThan(RECOVERY_WITHIN_MS)
      expect(await program.stop()).toBe(0)
    } finally {
      await program.clear()
      await receiver.close()
    }
  },
  60_000 + KILLS * 10_000,
)

/** Lets time pass in which things happen; nothing is assumed of what has happened after it. */
const passing = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Takes its time, and fails one delivery in ten. */
function unreliable(ledger: Ledger, fraction: () => number): Script {
  return async (request) => {
    if (request.method === 'GET') {
      await passing(fraction() * 100)
      return willing(request)
    }
    const take = ledger.arrive(request.url, request)
    const fails = fraction() < 0.1
    await passing(fraction() * 20)
    if (fails) return { status: 500 }
    take()
    return { status: 204 }
  }
}
