import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Act } from '../../src/core/admin-ports.ts'
import type { Store } from '../../src/store/index.ts'
import { NOW, type OpenStore } from './scene.ts'

export function auditContract(open: OpenStore): void {
  describe('Audit', () => {
    let store: Store

    beforeEach(async () => {
      store = await open()
    })
    afterEach(() => store.close())

    const act = (changes: Partial<Act> = {}): Act => ({
      ...{ at: NOW, actor: 'root', action: 'POST /admin/v1/tenants', target: null, address: '192.0.2.1' },
      ...changes,
    })

    it('has what was begun, and what came of it once that is known', async () => {
      const num = await store.audit.begin(act())
      const [begun] = (await store.audit.list({ limit: 10 })).items
      expect(begun).toEqual({ id: String(num), ...act(), status: null, detail: null })
      await store.audit.end(num, { status: 201, target: 'acme', detail: { set: { id: 'acme' } } })
      const [ended] = (await store.audit.list({ limit: 10 })).items
      expect(ended).toEqual({ ...begun, status: 201, target: 'acme', detail: { set: { id: 'acme' } } })
    })

    it('keeps the latest ten thousand that were refused, and all that were not', async () => {
      await store.audit.end(await store.audit.begin(act()), { status: 204, target: 'first', detail: null })
      const refuse = (target: string) => store.audit.refuse(act({ target }), { status: 401, detail: null })
      await Promise.all(Array.from({ length: 10_002 }, (_, n) => refuse(String(n))))
      const has = async (target: string) => (await store.audit.list({ limit: 1, target })).items.length
      expect([await has('first'), await has('1'), await has('2'), await has('10001')]).toEqual([1, 0, 1, 1])
    })

    it('forgets what is old, so many at a time', async () => {
      for (const at of [NOW, NOW + 1, NOW + 2]) await store.audit.begin(act({ at }))
      expect(await store.audit.forget(NOW + 1, 1)).toBe(1)
      expect(await store.audit.forget(NOW + 1, 9)).toBe(1)
      expect(await store.audit.forget(NOW + 1, 9)).toBe(0)
      expect((await store.audit.list({ limit: 9 })).items.map(({ at }) => at)).toEqual([NOW + 2])
    })
  })

  describe('Admins', () => {
    it('are known by the hash of their token, until it ends or they are deleted', async () => {
      const store = await open()
      const ops = { id: 'ops', scopes: ['read', 'keys'] as const, expires_at: NOW + 10, created_at: NOW }
      expect(await store.admins.make({ ...ops, token_hash: 'hash' })).toBe('made')
      expect(await store.admins.make({ ...ops, token_hash: 'other' })).toBe('exists')
      expect(await store.admins.byToken('hash', NOW + 9)).toMatchObject({
        id: 'ops',
        scopes: ['read', 'keys'],
      })
      expect(await store.admins.byToken('hash', NOW + 10)).toBeUndefined()
      expect(await store.admins.byToken('other', NOW)).toBeUndefined()
      expect(await store.admins.get('ops')).toEqual(ops)
      expect(await store.admins.remove('ops', NOW)).toBe(true)
      expect(await store.admins.byToken('hash', NOW)).toBeUndefined()
      await store.close()
    })
  })
}
