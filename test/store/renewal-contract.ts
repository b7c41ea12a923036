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
  describe('Expiry.renew', () => {
    let store: Store

    beforeEach(async () => {
      store = await open()
      await populate(store)
      await confirm(store, { renewing: true, secretSealed: 'sealed' })
    })
    afterEach(() => store.close())

    const renew = (now: number, limit = 10, maxWaiting = 10) => store.expiry.renew(now, limit, maxWaiting)
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
      await store.intentInbox.request(intentRequest({ mode: 'unsubscribe', now: DUE }), 10)
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

    it('goes on without asking where the operator vouches', async () => {
      const request = intentRequest({ callback: callback('v'), renewing: true })
      await store.intentInbox.request({ ...request, intent: { ...request.intent, vouched: true } }, 10)
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
