import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Store } from '../../src/store/index.ts'
import {
  callback,
  claimIntents,
  confirm,
  intentRequest,
  NOW,
  type OpenStore,
  populate,
  subscription,
} from './scene.ts'

export function verificationContract(open: OpenStore): void {
  describe('verifications', () => {
    let store: Store

    beforeEach(async () => {
      store = await open()
      await populate(store)
    })
    afterEach(() => store.close())

    const of = async (name: string) => {
      const { id } = await subscription(store, callback(name))
      return (await store.registry.subscriptions.get(id))?.verifications
    }
    const refuse = async (name: string, why: string, now = NOW) => {
      await store.intentInbox.request(intentRequest({ callback: callback(name) }), { inAll: 10 })
      for (const claimed of await claimIntents(store, now)) {
        await store.intents.settle(claimed, { outcome: 'refused', why, now })
      }
    }

    it('are the latest fifty of each subscription, the newest first', async () => {
      await refuse('b', 'no')
      // Seconds apart: a host that always refuses is not asked faster.
      const at = (i: number) => NOW + i * 2_000
      for (let i = 1; i <= 52; i += 1) await refuse('a', `no ${i}`, at(i))
      const kept = await of('a')
      expect(kept).toHaveLength(50)
      expect(kept?.[0]).toEqual({
        ...{ settled_at: at(52), mode: 'subscribe', outcome: 'refused', reason: 'no 52' },
      })
      expect(kept?.at(-1)).toMatchObject({ reason: 'no 3' })
      expect(await of('b')).toHaveLength(1)
    })

    it('go with their subscription', async () => {
      const { id } = await confirm(store)
      await store.registry.subscriptions.remove(id, NOW)
      await store.intentInbox.request(intentRequest(), { inAll: 10 })
      expect(await of('a')).toEqual([])
    })

    it('say what had no effect, and why', async () => {
      await store.intentInbox.request(intentRequest(), { inAll: 10 })
      const [older] = await claimIntents(store)
      await confirm(store, { mode: 'unsubscribe' })
      if (older === undefined) throw new Error('nothing claimed')
      await store.intents.settle(older, { outcome: 'confirmed', now: NOW })
      expect(await of('a')).toMatchObject([
        { mode: 'subscribe', outcome: 'void', reason: 'what was asked later was answered first' },
        { mode: 'unsubscribe', outcome: 'confirmed', reason: null },
      ])
    })
  })
}
