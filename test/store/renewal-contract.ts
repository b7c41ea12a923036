import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Store } from '../../src/store/index.ts'
import {
  callback,
  claimIntents,
  confirm,
  intentRequest,
  LEASE_SECONDS,
  NOW,
  type OpenStore,
  populate,
  subscription,
  unsubscribe,
} from './scene.ts'

/** Two thirds of the lease. */
const DUE = NOW + Math.ceil((LEASE_SECONDS * 2_000) / 3)

export function renewalContract(open: OpenStore): void {
  describe('Renewals', () => {
    let store: Store

    beforeEach(async () => {
      store = await open()
      await populate(store)
      await confirm(store, { renewing: true, secretSealed: 'sealed' })
    })
    afterEach(() => store.close())

    const renew = (now: number, limit = 10, maxWaiting = 10) => store.renewals.renew(now, limit, maxWaiting)
    const a = () => subscription(store, callback('a'))

    it('asks for the same again when two thirds of the lease are over, not before', async () => {
      expect(await renew(DUE - 1)).toBe(0)
      expect(await renew(DUE)).toBe(1)
      const [intent] = await claimIntents(store, DUE)
      expect(intent).toMatchObject({
        mode: 'subscribe',
        callback: callback('a'),
        leaseSeconds: LEASE_SECONDS,
      })
      if (intent === undefined) return
      await store.intents.settle(intent, { outcome: 'confirmed', now: DUE })
      expect(await a()).toMatchObject({
        state: 'active',
        signed: true,
        renewed_by_hub: true,
        lease_expires_at: DUE + LEASE_SECONDS * 1_000,
      })
    })

    it('asks once, and again a twelfth of the lease later if that failed', async () => {
      await renew(DUE)
      expect(await renew(DUE + 1_000)).toBe(0)
      for (const intent of await claimIntents(store, DUE)) {
        await store.intents.settle(intent, { outcome: 'refused', why: 'it said no', now: DUE })
      }
      expect(await a()).toMatchObject({ state: 'active', verification: 'refused: it said no' })
      const again = DUE + Math.ceil((LEASE_SECONDS * 1_000) / 12)
      expect(await renew(again - 1)).toBe(0)
      expect(await renew(again)).toBe(1)
    })

    it('leaves alone what its subscriber renews, and what ended', async () => {
      await confirm(store, { callback: callback('b') })
      await unsubscribe(store, 'a')
      expect(await renew(DUE)).toBe(0)
    })

    it('asks for nothing while its owner has asked for something', async () => {
      await store.intentInbox.request(intentRequest({ mode: 'unsubscribe', now: DUE }), { inAll: 10 })
      await renew(DUE)
      expect(await claimIntents(store, DUE)).toMatchObject([{ mode: 'unsubscribe' }])
    })

    it('brings nothing to life that ended while it was asked', async () => {
      await renew(DUE)
      const intents = await claimIntents(store, DUE)
      await store.expiry.endLapsed(NOW + LEASE_SECONDS * 1_000, 10)
      for (const intent of intents) await store.intents.settle(intent, { outcome: 'confirmed', now: DUE })
      expect(await a()).toMatchObject({
        state: 'ended',
        verification: 'confirmed in vain: it ended before it was renewed',
      })
    })

    it('does at most the limit, and nothing while enough wait', async () => {
      await confirm(store, { callback: callback('b'), renewing: true })
      await confirm(store, { callback: callback('c'), renewing: true })
      expect(await renew(DUE, 2)).toBe(2)
      expect(await renew(DUE, 10, 2)).toBe(0)
      expect(await renew(DUE, 10, 10)).toBe(1)
    })

    it('does not mind how many others wait', async () => {
      for (let i = 0; i < 12; i += 1) {
        await store.intentInbox.request(intentRequest({ callback: callback(`s${i}`) }), { inAll: 100 })
      }
      expect(await renew(DUE, 10, 1)).toBe(1)
    })

    it('knows when the next time comes, and when there is none', async () => {
      await confirm(store, { callback: callback('b'), renewing: true, leaseSeconds: LEASE_SECONDS / 2 })
      expect(await store.renewals.nextDue()).toBe(NOW + Math.ceil((LEASE_SECONDS * 1_000) / 3))
      await unsubscribe(store, 'b')
      expect(await store.renewals.nextDue()).toBe(DUE)
      await unsubscribe(store, 'a')
      expect(await store.renewals.nextDue()).toBeUndefined()
    })

    describe('while others wait', () => {
      const hands = {
        all: { inAll: 9, perHost: 5 },
        asks: { inAll: 6, perHost: 3 },
        denials: { inAll: 1, perHost: 1 },
      }
      const claim = async (limit = 100) => {
        const claimed = await store.intents.claim({ limit, hands, now: DUE, until: DUE + 1 })
        return claimed.map(({ callback: url }) => new URL(url).host)
      }
      const ask = (url: string, now = NOW) =>
        store.intentInbox.request(intentRequest({ callback: url, now }), { inAll: 100 })
      const due = async (...urls: string[]) => {
        for (const url of urls) await confirm(store, { callback: url, renewing: true })
        await unsubscribe(store, 'a')
      }

      it('has hands of its own, in all', async () => {
        await due('https://r1.example/', 'https://r2.example/', 'https://r3.example/')
        for (let i = 0; i < 9; i += 1) await ask(`https://s${i}.example/`)
        expect(await claim()).toEqual(['s0', 's1', 's2', 's3', 's4', 's5'].map((name) => `${name}.example`))
        expect(await claim()).toEqual([])
        await renew(DUE)
        expect(await claim(2)).toEqual(['r1.example', 'r2.example'])
      })

      it('has hands of its own on each host', async () => {
        await due('https://one.example/r1', 'https://one.example/r2')
        for (let i = 0; i < 9; i += 1) await ask(`https://one.example/${i}`)
        expect(await claim()).toHaveLength(3)
        await renew(DUE)
        expect(await claim()).toHaveLength(2)
        expect(await claim()).toEqual([])
      })

      it('comes before them up to what is kept for it, and then in its turn', async () => {
        await due('https://r1.example/', 'https://r2.example/', 'https://r3.example/')
        await ask('https://s1.example/')
        await renew(DUE)
        await ask('https://s2.example/', DUE)
        expect(await claim(2)).toEqual(['r1.example', 'r2.example'])
        expect(await claim(2)).toEqual(['s1.example', 'r3.example'])
        expect(await claim(2)).toEqual(['s2.example'])
      })

      it('may have what nobody else wants', async () => {
        await due(...Array.from({ length: 9 }, (_, i) => `https://r${i}.example/`))
        await renew(DUE)
        expect(await claim(8)).toHaveLength(8)
      })

      it('is held up by no denials, nor is who asks, and they get their turn', async () => {
        for (const name of ['d', 'e']) await confirm(store, { callback: callback(name) })
        await confirm(store, { callback: `${callback('d')}2` })
        await store.registry.subscribers.remove('siem', NOW)
        for (let i = 0; i < 9; i += 1) {
          await store.intentInbox.request(intentRequest({ callback: `https://s${i}.example/`, now: DUE }), {
            inAll: 100,
          })
        }
        const claimed = await claim()
        expect(claimed.filter((host) => !host.startsWith('s'))).toHaveLength(1)
        expect(claimed).toHaveLength(7)
        expect(await claim()).toEqual([])
      })

      it('makes as urgent what its owner asks for meanwhile', async () => {
        for (let i = 0; i < 9; i += 1) await ask(`https://s${i}.example/`)
        await ask(callback('a'))
        await renew(DUE)
        expect(await claim()).toContain('a.example')
      })
    })

    it('goes on without asking where the operator vouches', async () => {
      const request = intentRequest({ callback: callback('v'), renewing: true })
      await store.intentInbox.request(
        { ...request, intent: { ...request.intent, vouched: true } },
        { inAll: 10 },
      )
      for (const intent of await claimIntents(store)) {
        expect(intent).toMatchObject({ vouched: true })
        await store.intents.settle(intent, { outcome: 'confirmed', now: NOW })
      }
      expect(await subscription(store, callback('v'))).toMatchObject({
        state: 'active',
        verification: 'the operator vouches',
      })
      await renew(DUE)
      expect(
        (await claimIntents(store, DUE)).find((intent) => intent.callback === callback('v')),
      ).toMatchObject({
        vouched: true,
      })
    })
  })
}
