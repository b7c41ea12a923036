import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createFingerprint, createVault } from '../../src/keys/vault.ts'

const key = randomBytes(32)
const vault = createVault(key)

describe('a vault', () => {
  it('opens what it sealed, whatever it says', () => {
    const again = createVault(key)
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (plain, context) => {
        expect(again.open(vault.seal(plain, context), context)).toBe(plain)
      }),
    )
  })

  it('seals the same text in another form each time, and shows nothing of it', () => {
    const sealed = vault.seal('a secret of the hub', 'row 1')
    expect(sealed).toMatch(/^v1\.[A-Za-z0-9_-]+$/)
    expect(vault.seal('a secret of the hub', 'row 1')).not.toBe(sealed)
    expect(Buffer.from(sealed.slice(3), 'base64url').includes('secret')).toBe(false)
  })

  it('opens nothing under another key or for another context', () => {
    const sealed = vault.seal('secret', 'row 1')
    expect(() => createVault(randomBytes(32)).open(sealed, 'row 1')).toThrow()
    expect(() => vault.open(sealed, 'row 2')).toThrow()
    expect(() => vault.open(sealed, '')).toThrow()
  })

  it('opens nothing that was changed, at any bit', () => {
    const bytes = Buffer.from(vault.seal('secret', 'row 1').slice(3), 'base64url')
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const changed = Buffer.from(bytes)
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      expect(() => vault.open(`v1.${changed.toString('base64url')}`, 'row 1')).toThrow()
    }
  })

  it.each(['', 'v1', 'v1.', 'v1.AAAA', 'secret'])('opens nothing that it never sealed: %j', (text) => {
    expect(() => vault.open(text, 'row 1')).toThrow()
  })

  it('opens nothing that was cut, or sealed in another form', () => {
    const sealed = vault.seal('secret', 'row 1')
    expect(() => vault.open(sealed.slice(0, -4), 'row 1')).toThrow()
    expect(() => vault.open(sealed.replace('v1', 'v2'), 'row 1')).toThrow()
  })
})

describe('a fingerprint', () => {
  const fingerprint = createFingerprint(key)

  it('is the same for the same text and key, after a restart too', () => {
    expect(fingerprint('alice')).toMatch(/^[0-9a-f]{32}$/)
    expect(createFingerprint(key)('alice')).toBe(fingerprint('alice'))
  })

  it('is another for another text or key', () => {
    expect(fingerprint('Alice')).not.toBe(fingerprint('alice'))
    expect(createFingerprint(randomBytes(32))('alice')).not.toBe(fingerprint('alice'))
  })
})
