/** A round of random kills under load, by one seed, on one store: what was accepted, and what became of it. */
import { expect } from 'vitest'
import type { Published } from '../support/acme.ts'
import { startReceiver, type Script, willing } from '../support/receiver.ts'
import { until } from '../support/until.ts'
import { SESSIONS } from '../support/wso2.ts'
import { activeCallbacks, populate, subscribed, topic } from './client.ts'
import { Ledger } from './ledger.ts'
import { type Program, RETRY_SCHEDULE, startProgram } from './program.ts'
import { casdoor, relayedJti, startPublishers, wso2 } from './publishers.ts'
import type { KillPoint } from './saboteur.ts'
import { seededFraction } from './seeded.ts'

/** Deliveries under way at the most: what a kill may cause to be sent again. */
export const CONCURRENCY = 24
const PUBLISHERS = 6
/** Deliveries: some wait at each kill, but no more than are soon done on any machine. */
const OWED_AT_MOST = 200
/** Less than the time for which a queue is claimed, which is longer than this; much, on a disk that others use too. */
const DELIVERY_TIMEOUT = '30s'
const CLEARED_WITHIN_MS = 25_000

export interface Figures {
  kills: number
  /** Of those, at a point of the driver; the others come from outside. */
  aimed: number
  events: number
  /** Events of a publisher that uses the hub's other door. */
  relayed: number
  unanswered: number
  refused: string[]
  /** Accounts: an event and a subscription that never took it. */
  lost: string[]
  duplicates: number
  /** Events that came in two forms. */
  altered: string[]
  /** Subscriptions that were answered 202, in the midst of it. */
  promised: number
  /** From the line "listening" to the first redelivery, and from the start of the process, after each kill. */
  redeliveryMs: number[]
  recoveryMs: number[]
}

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

/** What lies between one event's commit and its receipt, and between a question and its answer. */
const STATEMENTS = [
  'insert into events',
  'insert into deliveries',
  'update queues',
  'select d.num',
  'insert into history',
  'delete from deliveries',
  'update deliveries',
  'insert into intents',
  'update intents',
  'delete from intents',
]
const PLACES = ['before', 'after', 'commit', 'committed'] as const

export async function playRound(seed: number, kills: number): Promise<Figures> {
  const fraction = seededFraction(seed)
  const ledger = new Ledger()
  const receiver = await startReceiver({ script: unreliable(ledger, seededFraction(~seed)) })
  const program = await startProgram({
    SIGNET_CONCURRENCY: `${CONCURRENCY},${CONCURRENCY / 3},${CONCURRENCY}`,
    SIGNET_DELIVERY_TIMEOUT: DELIVERY_TIMEOUT,
    SIGNET_RETRY_SCHEDULE: RETRY_SCHEDULE,
    SIGNET_MAX_VERIFICATIONS: '100000',
  })
  try {
    const token = await populate(program)
    const subscribe = (path: string, to: string) => subscribed(program, token, receiver.url(path), to)
    for (const [path, to] of Object.entries(LOADED)) expect(await subscribe(path, to)).toBe(true)
    expect(await subscribe(RELAYED, SESSIONS)).toBe(true)
    const active = async () => (await activeCallbacks(program)).size === 4
    await until(active, { timeoutMs: CLEARED_WITHIN_MS })

    const accepted = (answer: string): void => {
      for (const event of (JSON.parse(answer) as Published).events)
        ledger.accept(event.jti, owed(event.topic))
    }
    const relayed = (_: string, n: number): void => ledger.accept(relayedJti(n), [RELAYED])
    const mayGoOn = () => ledger.open < OWED_AT_MOST
    const publishers = startPublishers(PUBLISHERS, program, casdoor, accepted, mayGoOn)
    const relaying = startPublishers(1, program, wso2, relayed, mayGoOn)
    const promised = new Set<string>()
    const redeliveryMs: number[] = []
    const recoveryMs: number[] = []
    let aimed = 0
    for (let kill = 0; kill < kills; kill += 1) {
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
      if (fraction() < 0.5) {
        await killAimed(program, fraction)
        aimed += 1
      } else {
        await passing(fraction() * 80)
        await program.kill()
      }
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
      redeliveryMs.push(at - program.listeningSince())
      recoveryMs.push(at - program.startedAt())
    }
    await publishers.stop()
    await relaying.stop()
    // What is owed still after this is lost, and is told as such.
    await until(() => Promise.resolve(ledger.owed().length === 0), { timeoutMs: CLEARED_WITHIN_MS }).catch(
      () => undefined,
    )
    const verified = async () => promised.isSubsetOf(await activeCallbacks(program))
    await until(verified, { timeoutMs: CLEARED_WITHIN_MS })
    expect(await program.stop()).toBe(0)
    return {
      ...{ kills, aimed, redeliveryMs, recoveryMs },
      events: ledger.acceptedEvents,
      relayed: ledger.accepted((jti) => jti.startsWith('relayed-')),
      unanswered: publishers.unanswered + relaying.unanswered,
      refused: [...publishers.refused, ...relaying.refused],
      lost: ledger.owed(),
      duplicates: ledger.duplicates(),
      altered: [...ledger.altered],
      promised: promised.size,
    }
  } finally {
    await program.clear()
    await receiver.close()
  }
}

/** At a point that what goes on meets soon; from outside, should it not. */
async function killAimed(program: Program, fraction: () => number): Promise<void> {
  const oneOf = <T>(choices: readonly T[]): T | undefined => choices[Math.trunc(fraction() * choices.length)]
  const [statement = '', at = 'commit'] = [oneOf(STATEMENTS), oneOf(PLACES)]
  const point: KillPoint = { statement, at, nth: 1 + Math.trunc(fraction() * 10) }
  await program.killAt(point)
  await Promise.race([program.died(), passing(500)])
  await program.kill()
}

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
