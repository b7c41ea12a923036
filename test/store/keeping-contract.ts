import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Store } from '../../src/store/index.ts'
import { NOW, type OpenStore } from './scene.ts'

/** What the hub keeps for itself: signing keys and settings. */
export function keepingContract(open: OpenStore): void {
  let store: Store

  beforeEach(async () => {
    store = await open()
  })
  afterEach(() => store.close())

  describe('SigningKeyStore', () => {
    const key = (kid: string, createdAt: number) => ({
      kid,
      alg: 'ES256',
      publicJwk: { kty: 'EC', x: kid },
      privateSealed: `sealed ${kid}`,
      createdAt,
    })

    it('has one active key, and keeps those that were', async () => {
      expect(await store.signingKeys.list()).toEqual([])
      await store.signingKeys.activate(key('first', NOW))
      await store.signingKeys.activate(key('second', NOW + 1))
      expect(await store.signingKeys.list()).toEqual([
        { ...key('first', NOW), state: 'retired' },
        { ...key('second', NOW + 1), state: 'active' },
      ])
    })

    it('leaves the active key active when the new one cannot be kept', async () => {
      await store.signingKeys.activate(key('first', NOW))
      await expect(store.signingKeys.activate(key('first', NOW + 1))).rejects.toThrow()
      expect(await store.signingKeys.list()).toEqual([{ ...key('first', NOW), state: 'active' }])
    })
  })

  describe('Settings', () => {
    it('keeps the last value', async () => {
      expect(await store.settings.get('name')).toBeUndefined()
      await store.settings.set('name', 'old')
      await store.settings.set('name', 'new')
      expect(await store.settings.get('name')).toBe('new')
    })
  })
}
