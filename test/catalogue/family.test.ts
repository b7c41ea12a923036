import { describe, expect, it } from 'vitest'
import { members } from '../../src/catalogue/family.ts'

describe('members', () => {
  it('are all combinations: keys in the native name, values in the rest', () => {
    const family = {
      native: '{verb}-{thing}',
      each: { verb: { add: 'created', delete: 'deleted' }, thing: { cert: 'certificate', role: 'role' } },
      emit: [{ event: 'client/{verb}', claims: { resource: { type: '{thing}' } } }],
    }
    const found = members(family)
    expect(found.map(({ native }) => native)).toEqual(['add-cert', 'add-role', 'delete-cert', 'delete-role'])
    expect(found[2]?.emit).toEqual([
      { event: 'client/deleted', claims: { resource: { type: 'certificate' } } },
    ])
  })

  it('keep words with quotes and dollars as they are', () => {
    const [only] = members({ native: 'x{a}', each: { a: { y: 'a "$&" b' } }, note: '<{a}>' })
    expect(only).toEqual({ native: 'xy', note: '<a "$&" b>' })
  })

  it('is the entry itself when it is no family', () => {
    expect(members({ native: 'login {not} a family' })).toEqual([{ native: 'login {not} a family' }])
  })
})
