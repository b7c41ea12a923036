/** A hub with tenants, each with a `json` source of its name and a subscriber, and what they ask of it. */
import { randomBytes } from 'node:crypto'
import { Pool } from 'undici'
import { monotonic, pause } from './clock.ts'
import { type BenchEvent, makeEvent, sourceOf } from './event.ts'
import { expect, type Request } from './exchange.ts'
import { type BenchHub, HUB_URL } from './hub.ts'

/** `crowd` is where the many subscriptions are, `other` is anybody else. */
export type Tenant = 'crowd' | 'other'

/** Subscribers' tokens. */
export type Tokens = Record<Tenant, string>

export const topicOf = (tenant: Tenant): string => `${HUB_URL}/topics/${tenant}`

export interface Scene {
  hub: BenchHub
  /** To the hub. */
  pool: Pool
  tokens: Tokens
  /** Fulfilled once it is answered 202. */
  publish(tenant: Tenant): Promise<BenchEvent>
  /** Each with a secret, to the tenant's topic; one after the other, and fulfilled once all are active. */
  subscribe(tenant: Tenant, callbacks: readonly string[]): Promise<void>
  /** Waits until this many of the newest 500 subscriptions are active. */
  untilActive(count: number): Promise<void>
  kill(): Promise<void>
}

const PATIENCE_MS = 60_000

/** @param tokens of a store that has been made a scene before */
export async function openScene(
  hub: BenchHub,
  { connections = 8, tokens: known }: { connections?: number; tokens?: Tokens } = {},
): Promise<Scene> {
  const pool = new Pool(hub.origin, { connections, pipelining: 1 })
  const tokens = known ?? { crowd: await makeTenant(hub, 'crowd'), other: await makeTenant(hub, 'other') }
  const untilActive = async (count: number): Promise<void> => {
    const giveUp = monotonic() + PATIENCE_MS
    for (;;) {
      const { items } = await hub.admin<{ items: { state: string }[] }>('GET', '/subscriptions?limit=500')
      const active = items.filter(({ state }) => state === 'active').length
      if (active >= count) return
      if (monotonic() > giveUp) throw new Error(`of ${count} subscriptions only ${active} became active`)
      await pause(20)
    }
  }
  return {
    hub,
    pool,
    tokens,
    untilActive,
    async publish(tenant) {
      const event = makeEvent(tenant)
      await expect(pool, 202, event.request)
      return event
    },
    async subscribe(tenant, callbacks) {
      for (const callback of callbacks)
        await expect(pool, 202, subscribeRequest(tenant, callback, tokens[tenant]))
      await untilActive(callbacks.length)
    },
    async kill() {
      await pool.destroy()
      await hub.kill()
    },
  }
}

async function makeTenant(hub: BenchHub, tenant: Tenant): Promise<string> {
  await hub.admin('POST', '/tenants', { id: tenant })
  await hub.admin('POST', '/sources', sourceOf(tenant))
  const { token } = await hub.admin<{ token: string }>('POST', '/subscribers', {
    id: tenant,
    tenant,
    topics: ['*'],
  })
  return token
}

export function subscribeRequest(tenant: Tenant, callback: string, token: string): Request {
  const form = new URLSearchParams({
    'hub.mode': 'subscribe',
    'hub.topic': topicOf(tenant),
    'hub.callback': callback,
    'hub.secret': randomBytes(16).toString('hex'),
  })
  return {
    method: 'POST',
    path: '/hub',
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/x-www-form-urlencoded' },
    body: form.toString(),
  }
}
