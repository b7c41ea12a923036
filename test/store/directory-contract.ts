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
        topic_prefix: null,
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
        topic_prefix: null,
        created_at: NOW,
      })
      await expect(store.directory.source('gate')).rejects.toThrow()
    })

    it('knows the source of a name, and of a topic once it is registered', async () => {
      const auth: SourceAuth = { method: 'network', allow_from: ['10.0.0.0/8'] }
      const make = (id: string, topic_prefix: string | null) =>
        store.registry.sources.make({
          ...source,
          id,
          auth_method: 'network',
          auth_sealed: vault.seal(JSON.stringify(auth), sourceAuthContext(id)),
          max_age: null,
          topic_prefix,
          created_at: NOW,
        })
      expect(await make('wso2', 'my_org.')).toBe('made')
      expect(await make('within', 'my_org.sub.')).toBe('overlap')
      expect(await make('around', 'my')).toBe('overlap')
      // No character of a prefix stands for others.
      expect(await make('other', 'my-org.')).toBe('made')
      expect(await make('nameless', null)).toBe('made')

      const { directory } = store
      expect(await directory.sourceOfName('my_org.event')).toMatchObject({ source: { id: 'wso2' }, auth })
      expect(await directory.sourceOfName('my-org.event')).toMatchObject({ source: { id: 'other' } })
      expect(await directory.sourceOfName('MY_ORG.event')).toBeUndefined()
      expect(await directory.sourceOfName('my_org')).toBeUndefined()
      expect(await directory.registrantOf('my_org.event')).toBeUndefined()
      await store.registeredTopics.register('my_org.event', 'wso2', NOW)
      expect(await directory.registrantOf('my_org.event')).toMatchObject({ source: { id: 'wso2' }, auth })
      await store.registeredTopics.deregister('my_org.event', 'wso2', NOW)
      expect(await directory.registrantOf('my_org.event')).toBeUndefined()
    })

    it('knows a subscriber by the hash of its token', async () => {
      expect(await store.directory.subscriberByToken('hash', NOW)).toEqual({
        id: 'siem',
        tenant: 'acme',
        topics: ['*'],
      })
      expect(await store.directory.subscriberByToken('HASH', NOW)).toBeUndefined()
    })

    it('forgets at once who was deleted', async () => {
      await store.registry.subscribers.remove('siem', NOW)
      expect(await store.directory.subscriberByToken('hash', NOW)).toBeUndefined()
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
