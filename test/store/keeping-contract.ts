import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { StoredKey } from '../../src/core/key-ports.ts'
import type { Store } from '../../src/store/index.ts'
import { accept, acceptMany, NOW, type OpenStore, populate, TOPIC } from './scene.ts'

/** What the hub keeps for itself: signing keys and settings. */
export function keepingContract(open: OpenStore): void {
  let store: Store

  beforeEach(async () => {
    store = await open()
  })
  afterEach(() => store.close())

  describe('SigningKeyStore', () => {
    const stored = (kid: string, changes: Partial<StoredKey> = {}): StoredKey => ({
      kid,
      ...{ alg: 'ES256', publicJwk: { kty: 'EC', x: kid }, privateSealed: `sealed ${kid}` },
      ...{ createdAt: NOW, state: 'next', usableAt: NOW + 1 },
      ...changes,
    })

    it('keeps each key with its life, the oldest first', async () => {
      expect(await store.signingKeys.list()).toEqual([])
      const first = stored('first', { state: 'active', signsFrom: NOW + 2 })
      const second = stored('second', { createdAt: NOW - 1 })
      await store.signingKeys.save([first, second])
      expect(await store.signingKeys.list()).toEqual([second, first])
      const old = { ...first, state: 'retired', privateSealed: '', retiredAt: NOW + 3 } as const
      await store.signingKeys.save([old])
      const gone = { ...second, state: 'removed', removedAt: NOW + 4, revokedAt: NOW + 5 } as const
      await store.signingKeys.save([gone])
      expect(await store.signingKeys.list()).toEqual([gone, old])
    })

    it('changes all keys or none', async () => {
      await store.signingKeys.save([stored('first')])
      const impossible = stored('second', { state: 'lost' as 'next' })
      await expect(store.signingKeys.save([stored('first', { alg: 'RS256' }), impossible])).rejects.toThrow()
      expect(await store.signingKeys.list()).toEqual([stored('first')])
    })

    it('knows whether events are kept from before', async () => {
      await populate(store)
      expect(await store.signingKeys.hasEventsUntil(NOW)).toBe(false)
      await accept(store)
      expect(await store.signingKeys.hasEventsUntil(NOW)).toBe(true)
      expect(await store.signingKeys.hasEventsUntil(NOW - 1)).toBe(false)
    })
  })

  describe('SignedSets', () => {
    const revoked = (kid: string): StoredKey => ({
      kid,
      ...{ alg: 'ES256', publicJwk: {}, privateSealed: '', createdAt: NOW, usableAt: NOW },
      ...{ state: 'removed', revokedAt: NOW },
    })

    beforeEach(() => populate(store))

    it('are looked through from the first to the last, once a key is revoked', async () => {
      await acceptMany(store, 5)
      expect(await store.signedSets.unchecked(10)).toBeUndefined()
      await store.signingKeys.save([revoked('one')])
      const seen: string[] = []
      for (;;) {
        const looked = await store.signedSets.unchecked(2)
        if (looked === undefined) break
        seen.push(...looked.tokens)
        // Until it is said that they are done with, they come again.
        expect(await store.signedSets.unchecked(2)).toEqual(looked)
        await store.signedSets.checked(looked.from, looked.to)
      }
      expect(new Set(seen).size).toBe(5)
      // The same key, told again, is no news.
      await store.signingKeys.save([revoked('one')])
      expect(await store.signedSets.unchecked(2)).toBeUndefined()
    })

    it('are looked through anew when another key is revoked meanwhile', async () => {
      await acceptMany(store, 3)
      await store.signingKeys.save([revoked('one')])
      const first = await store.signedSets.unchecked(2)
      await store.signedSets.checked(first?.from ?? 0, first?.to ?? 0)
      const second = await store.signedSets.unchecked(2)
      await store.signingKeys.save([revoked('two')])
      await store.signedSets.checked(second?.from ?? 0, second?.to ?? 0)
      expect(await store.signedSets.unchecked(2)).toEqual(first)
    })

    it('are replaced once: whoever comes second is told what stands there', async () => {
      const jti = await accept(store)
      const was = `body of ${jti}`
      expect(await store.signedSets.replace(jti, was, 'again')).toBe('again')
      expect(await store.signedSets.replace(jti, was, 'and again')).toBe('again')
      expect(await store.topicPages.latest(TOPIC)).toMatchObject({ body: 'again' })
      expect(await store.signedSets.replace('gone', was, 'again')).toBe('again')
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
