/** The clock is set back: nothing waits for longer than it was meant to. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { NEW_QUEUE } from '../../src/core/queue-state.ts'
import type { Store } from '../../src/store/index.ts'
import {
  claimQueues,
  claimSome,
  intentRequest,
  NOW,
  type OpenStore,
  populate,
  publish,
  settle,
  subscribe,
  takeAll,
  takeOnly,
  takeTurn,
} from './scene.ts'

const HOUR = 3_600_000
/** What the clock says once it has been set back. */
const THEN = NOW - HOUR

export function clockSetBackContract(open: OpenStore): void {
  describe('a clock that is set back', () => {
    let store: Store

    beforeEach(async () => {
      store = await open()
      await populate(store)
      await subscribe(store, 'a')
    })
    afterEach(() => store.close())

    it('makes retries wait for what is left of their wait', async () => {
      await publish(store, 1)
      await settle(store, await takeOnly(store), { state: 'waiting', dueAt: NOW + 5_000, rejections: 0 })
      await store.queues.clockSetBack(HOUR, THEN)
      expect(await takeAll(store, { now: THEN + 4_999 })).toEqual([])
      expect(await takeAll(store, { now: THEN + 5_000 })).toHaveLength(1)
    })

    it('makes what was due be due still, and no sooner than now', async () => {
      await publish(store, 1)
      await store.queues.clockSetBack(2 * HOUR, THEN)
      expect((await claimQueues(store, { now: THEN })).claimed).toHaveLength(1)
    })

    it('lets a receiver alone for what is left of the time that it asked for', async () => {
      await publish(store, 1)
      const { queue } = await takeOnly(store)
      const state = { ...NEW_QUEUE, failingSince: NOW - 1, failedAt: NOW, gateAt: NOW + 60_000 }
      await takeTurn(store, queue, { state, take: 0 })
      await store.queues.clockSetBack(HOUR, THEN)
      expect((await claimQueues(store, { now: THEN + 59_999 })).claimed).toEqual([])
      const [claimed] = (await claimQueues(store, { now: THEN + 60_000 })).claimed
      expect(claimed?.state).toEqual({
        ...state,
        ...{ failingSince: THEN, failedAt: THEN, gateAt: THEN + 60_000 },
      })
    })

    it('has claims lapse when they should, and callbacks asked when they should', async () => {
      await publish(store, 1)
      await claimQueues(store)
      await store.intentInbox.request(intentRequest({ callback: 'https://b.example/' }), { inAll: 9 })
      await store.queues.clockSetBack(HOUR, THEN)
      await store.expiry.freeClaims(THEN + 10_000)
      expect((await claimQueues(store, { now: THEN + 10_000 })).claimed).toHaveLength(1)
      expect(await claimSome(store, 9, 9, THEN)).toHaveLength(1)
    })
  })
}
