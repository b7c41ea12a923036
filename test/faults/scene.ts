/**
 * One program, one receiver and their accounts, over many kills: after each the program starts again on what it left,
 * and what was owed must be served.
 */
import { expect } from 'vitest'
import { type Receiver, type Script, startReceiver, willing } from '../support/receiver.ts'
import { until } from '../support/until.ts'
import { populate, publish, subscribed, subscriptions } from './client.ts'
import { Ledger } from './ledger.ts'
import { type Program, RETRY_SCHEDULE, startProgram } from './program.ts'
import type { KillPoint } from './saboteur.ts'

/** Once it listens. The promise is a second; the rest is for a machine that does other things too. */
export const REDELIVERY_WITHIN_MS = 5_000
/** Less than the time for which a queue is claimed: nothing may wait for the end of a dead process's claim. */
export const SERVED_WITHIN_MS = 25_000
/** Not reached, unless by a receiver that never answers. */
const DELIVERY_TIMEOUT = '30s'
/** Deliveries under way at the most. */
export const CONCURRENCY = 24

export interface Scene {
  program: Program
  receiver: Receiver
  ledger: Ledger
  /** The subscriber's. */
  token: string
  /** Answers the POSTs of one path; the receiver is willing everywhere else. */
  reply(path: string, script?: Script): void
  /** Subscribes a path of the receiver, and waits until it is active. @returns the subscription's id */
  subscribe(path: string, to: string): Promise<string>
  /** Publishes events; those that are accepted are owed to these paths. @returns their `jti`s */
  publish(ids: readonly string[], owedTo: readonly string[], event?: string): Promise<string[]>
  /** Arms the program, does what makes it meet the point, and sees it die. */
  killedAt(point: KillPoint, act: () => Promise<unknown>): Promise<void>
  /** Starts it again; fulfilled once everything that is owed has been served, from a second after the start on. */
  recover(more?: Record<string, string>): Promise<void>
  /** Fulfilled once nothing is owed any more. */
  served(): Promise<void>
  close(): Promise<void>
}

export async function startScene(env: Record<string, string> = {}): Promise<Scene> {
  const ledger = new Ledger()
  const scripts = new Map<string, Script>()
  const receiver = await startReceiver({
    script: async (request) => {
      if (request.method === 'GET') return willing(request)
      const take = ledger.arrive(request.url, request)
      const answer = await (scripts.get(request.url) ?? willing)(request)
      if (typeof answer !== 'function' && answer.status < 300) take()
      return answer
    },
  })
  const program = await startProgram({
    SIGNET_CONCURRENCY: `${CONCURRENCY},${CONCURRENCY / 3},${CONCURRENCY}`,
    SIGNET_DELIVERY_TIMEOUT: DELIVERY_TIMEOUT,
    SIGNET_RETRY_SCHEDULE: RETRY_SCHEDULE,
    ...env,
  })
  const token = await populate(program)
  return {
    program,
    receiver,
    ledger,
    token,
    reply(path, script) {
      if (script) scripts.set(path, script)
      else scripts.delete(path)
    },
    async subscribe(path, to) {
      expect(await subscribed(program, token, receiver.url(path), to)).toBe(true)
      let id: string | undefined
      await until(
        async () => {
          const all = await subscriptions(program)
          id = all.find(({ callback, state }) => callback === receiver.url(path) && state === 'active')?.id
          return id !== undefined
        },
        { timeoutMs: SERVED_WITHIN_MS },
      )
      return id ?? ''
    },
    async publish(ids, owedTo, event) {
      const { status, answer } = await publish(program, ids, event)
      expect({ status, answer }).toMatchObject({ status: 202, answer: { accepted: ids.length } })
      for (const { jti } of answer.events) ledger.accept(jti, owedTo)
      return answer.events.map(({ jti }) => jti)
    },
    async killedAt(point, act) {
      await program.killAt(point)
      // Whatever is asked of it now may find nobody.
      const acting = act().catch(() => undefined)
      await program.died()
      await acting
    },
    async recover(more) {
      const owed = ledger.owed()
      await program.start(more)
      await until(() => Promise.resolve(ledger.isServed(owed)), { timeoutMs: SERVED_WITHIN_MS })
      const first = ledger.firstServed(owed, program.startedAt())
      if (first !== undefined) expect(first - program.listeningSince()).toBeLessThan(REDELIVERY_WITHIN_MS)
    },
    served: () => until(() => Promise.resolve(ledger.owed().length === 0), { timeoutMs: SERVED_WITHIN_MS }),
    async close() {
      await program.clear()
      await receiver.close()
    },
  }
}

/** `n` identifiers that no other call makes. */
export const identifiers = (n: number): string[] => Array.from({ length: n }, () => `event-${(made += 1)}`)
let made = 0
