import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ClaimedIntent } from '../../src/core/store-ports.ts'
import type { Store } from '../../src/store/index.ts'
import {
  accept,
  type Asked,
  callback,
  claimIntents,
  claimSome,
  confirm,
  deliveries,
  fanOutAll,
  intentRequest,
  LEASE_END,
  LEASE_SECONDS,
  NOW,
  type OpenStore,
  populate,
  settle,
  subscribe,
  subscription,
  takeAll,
  takeOnly,
  TOPIC,
} from './scene.ts'

export function intentQueueContract(open: OpenStore): void {
  describe('IntentQueue', () => {
    let store: Store

    beforeEach(async () => {
      store = await open()
      await populate(store)
      await store.registry.subscribers.make({
        id: 'crm',
        tenant: 'acme',
        topics: ['*'],
        token_hash: 'other',
        created_at: NOW,
      })
    })
    afterEach(() => store.close())

    const ask = (asked: Asked = {}) => store.intentInbox.request(intentRequest(asked), { inAll: 1_000 })
    const confirmed = (claimed: ClaimedIntent, now = NOW) =>
      store.intents.settle(claimed, { outcome: 'confirmed', now })
    const refused = (claimed: ClaimedIntent) =>
      store.intents.settle(claimed, { outcome: 'refused', why: 'it said no', now: NOW + 1 })
    /** Asks for each in turn and claims it before the next, which would take its place. */
    const claimed = async <N extends Asked[]>(...asked: N): Promise<{ [I in keyof N]: ClaimedIntent }> => {
      const intents: ClaimedIntent[] = []
      for (const one of asked) {
        await ask(one)
        intents.push(...(await claimIntents(store)))
      }
      expect(intents).toHaveLength(asked.length)
      return intents as { [I in keyof N]: ClaimedIntent }
    }
    const a = () => subscription(store, callback('a'))

    describe('claim', () => {
      it('gives everything a verification needs', async () => {
        const request = intentRequest({ verifyToken: 'token', leaseSeconds: 77 })
        await store.intentInbox.request(request, { inAll: 10 })
        const [intent] = await claimIntents(store)
        expect(intent).toEqual({ ...request.intent, claim: intent?.claim })
      })

      it('gives each intent once, however many ask at once', async () => {
        for (let i = 0; i < 10; i += 1) await ask({ callback: callback(`s${i}`) })
        const batches = await Promise.all([claimIntents(store), claimIntents(store), claimIntents(store)])
        expect(batches.flat()).toHaveLength(10)
      })

      it('leaves a host alone for a second that said no twenty times in a row, and no other', async () => {
        const no = async (n: number, now: number) => {
          await ask({ callback: `https://victim.example/${n}` })
          const [intent] = await claimIntents(store, now)
          if (intent === undefined) return false
          await store.intents.settle(intent, { outcome: 'refused', why: 'it said no', now })
          return true
        }
        for (let n = 0; n < 20; n += 1) expect(await no(n, NOW)).toBe(true)
        expect(await no(20, NOW + 999)).toBe(false)
        await ask({ callback: callback('a') })
        expect((await claimIntents(store, NOW + 999)).map((intent) => intent.callback)).toEqual([
          callback('a'),
        ])
        // Asked again after the pause; once it agrees, as before.
        expect(await no(20, NOW + 1_000)).toBe(true)
        expect(await no(21, NOW + 1_001)).toBe(false)
        const [kept] = await claimIntents(store, NOW + 2_000)
        if (kept !== undefined) await confirmed(kept, NOW + 2_000)
        expect(await no(22, NOW + 2_001)).toBe(true)
        expect(await no(23, NOW + 2_002)).toBe(true)
      })

      it('gives the oldest, up to the limit', async () => {
        for (const name of ['a', 'b', 'c']) await ask({ callback: callback(name) })
        expect((await claimSome(store, 2, 10)).map((intent) => intent.callback)).toEqual(
          ['a', 'b'].map(callback),
        )
      })

      it('paces each host by itself, in one batch and over several', async () => {
        // Whatever their ports: it is the host that must not be flooded.
        for (let i = 0; i < 5; i += 1) await ask({ callback: `https://victim.example:${8000 + i}/` })
        await ask({ callback: callback('b') })
        const claim = (perHost: number) => claimSome(store, 100, perHost)
        const first = await claim(2)
        expect(first.map((intent) => intent.callback)).toEqual([
          'https://victim.example:8000/',
          'https://victim.example:8001/',
          callback('b'),
        ])
        expect(await claim(2)).toEqual([])
        for (const intent of first) await confirmed(intent)
        expect(await claim(2)).toHaveLength(2)
      })
    })

    describe('settle', () => {
      it('makes a confirmed subscription active for its lease, from the moment of asking', async () => {
        const [intent] = await claimed({ secretSealed: 'sealed' })
        await confirmed(intent, NOW + 3)
        expect(await a()).toMatchObject({
          state: 'active',
          subscriber: 'siem',
          signed: true,
          lease_expires_at: NOW + 3 + LEASE_SECONDS * 1_000,
          verification: 'subscribe confirmed',
          verification_at: NOW + 3,
        })
      })

      it('replaces lease and secret on renewal, or drops the secret', async () => {
        await confirm(store, { secretSealed: 'old' })
        const renewed = await confirm(store, { now: NOW + 60_000, leaseSeconds: 300 })
        expect(renewed).toMatchObject({ state: 'active', signed: false, lease_expires_at: NOW + 360_000 })
      })

      it('ends what never was verified when the callback refuses', async () => {
        const [intent] = await claimed({})
        await refused(intent)
        expect(await a()).toMatchObject({
          state: 'ended',
          ended_why: 'not verified: it said no',
          verification: 'refused: it said no',
          verification_at: NOW + 1,
        })
      })

      it('leaves what is active as it was when the callback refuses, noting it', async () => {
        const before = await confirm(store, { secretSealed: 'old' })
        const intents = await claimed({ leaseSeconds: 5 }, { mode: 'unsubscribe' })
        for (const intent of intents) await refused(intent)
        expect(await a()).toEqual({
          ...before,
          verification: 'refused: it said no',
          verification_at: NOW + 1,
        })
      })

      it('keeps a subscription pending while another intent for it waits', async () => {
        const [first, second] = await claimed({}, {})
        await refused(first)
        expect(await a()).toMatchObject({ state: 'pending' })
        await confirmed(second)
        expect(await a()).toMatchObject({ state: 'active' })
      })

      it('asks again later after an unclear answer', async () => {
        const [intent] = await claimed({})
        await store.intents.settle(intent, { outcome: 'retry', why: 'no answer', dueAt: NOW + 500, now: NOW })
        expect(await a()).toMatchObject({ state: 'pending', verification: 'asking again: no answer' })
        expect(await claimIntents(store, NOW + 499)).toEqual([])
        expect(await claimIntents(store, NOW + 500)).toMatchObject([{ id: intent.id, attempts: 1 }])
      })

      it('lets what was asked last win, whatever order the answers come in', async () => {
        const [subscribing, unsubscribing] = await claimed({}, { mode: 'unsubscribe' })
        await confirmed(unsubscribing)
        await confirmed(subscribing)
        expect(await a()).toMatchObject({ state: 'ended', ended_why: 'unsubscribed' })

        const [older, newer] = await claimed({ leaseSeconds: 10 }, { leaseSeconds: 20 })
        await confirmed(newer)
        await confirmed(older)
        expect(await a()).toMatchObject({ state: 'active', lease_expires_at: NOW + 20_000 })
      })

      it('gives a callback to the subscriber that verified it first', async () => {
        const [first, second] = await claimed({}, { subscriber: 'crm' })
        await confirmed(first)
        await confirmed(second)
        expect(await a()).toMatchObject({
          state: 'active',
          subscriber: 'siem',
          verification: 'confirmed in vain: another subscriber verified this callback first',
        })
      })

      it('changes nothing under a claim that lapsed, or a second time', async () => {
        const [stale] = await claimed({})
        await store.expiry.freeClaims(NOW + 10_000)
        const [present] = await claimIntents(store)
        await refused(stale)
        await store.intents.settle(stale, { outcome: 'retry', why: 'late', dueAt: NOW + 9_000, now: NOW })
        expect(await a()).toMatchObject({ state: 'pending', verification: null })
        if (present === undefined) throw new Error('not claimed again')
        await confirmed(present)
        await confirmed(present, NOW + 9_000)
        expect(await a()).toMatchObject({ state: 'active', verification_at: NOW })
      })

      it('finds nothing once the subscriber is deleted', async () => {
        const [intent] = await claimed({})
        await store.registry.subscribers.remove('siem', NOW)
        await confirmed(intent)
        expect(await a()).toMatchObject({ state: 'ended', ended_why: 'its subscriber was deleted' })
      })
    })

    describe('a subscription that is verified again', () => {
      const publish = async () => {
        const jti = await accept(store)
        await fanOutAll(store)
        return jti
      }

      it('after its lease is over begins a new life, behind all that was accepted', async () => {
        await subscribe(store, 'a')
        await publish()
        await confirm(store, { now: LEASE_END })
        expect(await takeAll(store, { now: LEASE_END })).toEqual([])
        const jti = await accept(store)
        await fanOutAll(store, LEASE_END)
        const taken = await takeOnly(store, LEASE_END)
        expect(await store.registry.deliveries.get(taken.sendable.id)).toMatchObject({ jti })
        await settle(store, taken, { state: 'delivered' }, undefined, { now: LEASE_END })
        await store.expiry.dropUndeliverable(LEASE_END, 100)
        expect((await deliveries(store)).map(({ state }) => state)).toEqual(['dropped', 'delivered'])
      })

      it('before its lease is over goes on where it was', async () => {
        await subscribe(store, 'a')
        await publish()
        await confirm(store, { now: LEASE_END - 1 })
        await store.expiry.dropUndeliverable(LEASE_END, 100)
        expect(await takeAll(store, { now: LEASE_END })).toHaveLength(1)
      })
    })

    it('knows when the next falls due', async () => {
      expect(await store.intents.nextDue()).toBeUndefined()
      const [intent] = await claimed({ topic: `${TOPIC}/login` })
      expect(await store.intents.nextDue()).toBeUndefined()
      await store.intents.settle(intent, { outcome: 'retry', why: 'no answer', dueAt: NOW + 500, now: NOW })
      expect(await store.intents.nextDue()).toBe(NOW + 500)
      await ask()
      expect(await store.intents.nextDue()).toBe(NOW)
    })
  })
}
