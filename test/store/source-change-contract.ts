import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { writeCredentials } from '../../src/core/credentials.ts'
import { sourceAuthContext } from '../../src/core/sealing.ts'
import type { SourceAuth } from '../../src/core/source.ts'
import type { Store } from '../../src/store/index.ts'
import { NOW, type OpenStore, populate, source, vault } from './scene.ts'

export function sourceChangeContract(open: OpenStore): void {
  describe('Registry.sources', () => {
    let store: Store

    beforeEach(async () => {
      store = await open()
      await populate(store)
    })
    afterEach(() => store.close())

    const get = (id = 'door') => store.registry.sources.get(id)
    const auth = (secret: string): SourceAuth => ({ method: 'bearer', secret })
    const seal = (text: string) => vault.seal(text, sourceAuthContext('door'))

    it.each([
      { issuer: 'https://other.example' },
      { disclose: [] },
      { max_age: 60 },
      { publish_unmapped: true },
      { issuer: 'https://other.example', disclose: ['ip'] as const, max_age: 90, publish_unmapped: true },
    ])('change %j and nothing else', async (changes) => {
      const before = await get()
      expect(await store.registry.sources.change('door', changes)).toEqual({ ...before, ...changes })
      expect(await get()).toEqual({ ...before, ...changes })
    })

    it('change back', async () => {
      const before = await get()
      await store.registry.sources.change('door', { max_age: 60, publish_unmapped: true })
      await store.registry.sources.change('door', {
        max_age: null,
        publish_unmapped: false,
      })
      expect(await get()).toEqual(before)
    })

    it('change no other source, and none that is not there', async () => {
      await store.registry.sources.make({
        ...source,
        id: 'gate',
        auth_method: 'bearer',
        auth_sealed: 'x',
        max_age: null,
        topic_prefix: null,
        created_at: NOW,
      })
      const before = await get('gate')
      await store.registry.sources.change('door', { max_age: 60 })
      expect(await get('gate')).toEqual(before)
      expect(await store.registry.sources.change('nobody', { max_age: 60 })).toBeUndefined()
      expect(await store.registry.sources.reseal('nobody', () => 'x')).toBeUndefined()
    })

    it('take new credentials, and the former ones beside them', async () => {
      const former = { auth: auth('old-secret'), until: NOW }
      const sealed = seal(writeCredentials(former))
      await store.registry.sources.change('door', { auth_method: 'bearer', auth_sealed: sealed })
      expect(await store.directory.source('door')).toEqual({ source, auth: former.auth })
      let seen = ''
      await store.registry.sources.reseal('door', (was) => {
        seen = was
        return seal(writeCredentials({ auth: auth('new-secret'), former }))
      })
      expect(seen).toBe(sealed)
      expect(await store.directory.source('door')).toEqual({ source, auth: auth('new-secret'), former })
    })

    it('keep their credentials when new ones cannot be made', async () => {
      await store.registry.sources.change('door', {
        auth_sealed: seal(writeCredentials({ auth: auth('s') })),
      })
      const failing = store.registry.sources.reseal('door', () => {
        throw new Error('no')
      })
      await expect(failing).rejects.toThrow('no')
      expect(await store.directory.source('door')).toMatchObject({ auth: auth('s') })
    })

    it('lose no rotation of two at once', async () => {
      await store.registry.sources.change('door', { auth_sealed: '' })
      await Promise.all(
        ['a', 'b', 'c'].map((letter) => store.registry.sources.reseal('door', (was) => was + letter)),
      )
      let seen = ''
      await store.registry.sources.reseal('door', (was) => (seen = was))
      expect(seen).toHaveLength(3)
    })
  })
}
