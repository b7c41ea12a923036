import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sourceAuthContext } from '../../src/core/sealing.ts'
import type { SourceAuth } from '../../src/core/source.ts'
import type { Store } from '../../src/store/index.ts'
import { accept, NOW, type OpenStore, populate, source, TOPIC, vault } from './scene.ts'

export function directoryContract(open: OpenStore): void {
  describe('Directory', () => {
    let store: Store

    beforeEach(async () => {
      store = await open()
      await populate(store)
    })
    afterEach(() => store.close())

    it('knows a tenant and its policy', async () => {
      await store.registry.tenants.make({ id: 'public', subscribe: 'open', created_at: NOW })
      expect(await store.directory.tenant('acme')).toEqual({ id: 'acme', subscribe: 'token' })
      expect(await store.directory.tenant('public')).toEqual({ id: 'public', subscribe: 'open' })
      expect(await store.directory.tenant('nobody')).toBeUndefined()
    })

    it('knows a source with its credentials opened', async () => {
      const auth: SourceAuth = { method: 'basic', username: 'door', secret: 'pässword' }
      const authSealed = vault.seal(JSON.stringify(auth), sourceAuthContext('gate'))
      await store.registry.sources.make({
        ...source,
        id: 'gate',
        disclose: ['ip'],
        auth_method: 'basic',
        auth_sealed: authSealed,
        max_age: 60,
        publish_unmapped: true,
        created_at: NOW,
      })
      expect(await store.directory.source('gate')).toEqual({
        source: { ...source, id: 'gate', disclose: ['ip'], maxAge: 60, publishUnmapped: true },
        auth,
      })
      expect(await store.directory.source('nobody')).toBeUndefined()
    })

    it('opens no credentials that were sealed for another source', async () => {
      const authSealed = vault.seal('{}', sourceAuthContext('door'))
      await store.registry.sources.make({
        ...source,
        id: 'gate',
        disclose: [],
        auth_method: 'bearer',
        auth_sealed: authSealed,
        max_age: null,
        created_at: NOW,
      })
      await expect(store.directory.source('gate')).rejects.toThrow()
    })

    it('knows a subscriber by the hash of its token', async () => {
      expect(await store.directory.subscriberByToken('hash')).toEqual({
        id: 'siem',
        tenant: 'acme',
        topics: ['*'],
      })
      expect(await store.directory.subscriberByToken('HASH')).toBeUndefined()
    })

    it('forgets at once who was deleted', async () => {
      await store.registry.subscribers.remove('siem', NOW)
      expect(await store.directory.subscriberByToken('hash')).toBeUndefined()
      await store.registry.tenants.remove('acme', NOW)
      expect(await store.directory.tenant('acme')).toBeUndefined()
      expect(await store.directory.source('door')).toBeUndefined()
    })
  })

  describe('TopicPages', () => {
    it('show the latest event that the topic carried', async () => {
      const store = await open()
      await populate(store)
      expect(await store.topicPages.latest(TOPIC)).toBeUndefined()
      await accept(store)
      const jti = await accept(store, [TOPIC, `${TOPIC}/login`])
      await accept(store, [`${TOPIC}/user`])
      expect(await store.topicPages.latest(TOPIC)).toEqual({
        contentType: 'application/secevent+jwt',
        body: `body of ${jti}`,
      })
      expect(await store.topicPages.latest(`${TOPIC}/l`)).toBeUndefined()
      await store.close()
    })
  })
}
