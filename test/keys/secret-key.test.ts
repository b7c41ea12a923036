import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { keepSecretKey } from '../../src/keys/secret-key.ts'

let folder: string
let path: string
let store: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'signet-keys-'))
  path = join(folder, 'inner', 'secret.key')
  store = join(folder, 'signet.db')
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('the secret key', () => {
  it('is made once, and the same at every start', () => {
    const made = keepSecretKey(path, store)
    expect(made).toHaveLength(32)
    expect(keepSecretKey(path, store)).toEqual(made)
    expect(keepSecretKey(join(folder, 'other.key'), store)).not.toEqual(made)
  })

  it('can be read by nobody else', () => {
    keepSecretKey(path, store)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(statSync(join(folder, 'inner')).mode & 0o777).toBe(0o700)
  })

  it('may be put there by the operator', () => {
    const own = Buffer.alloc(32, 9)
    writeFileSync(join(folder, 'secret.key'), own.toString('base64'))
    expect(keepSecretKey(join(folder, 'secret.key'), store)).toEqual(own)
  })

  it.each(['', 'AAAA\n', 'x'.repeat(100)])('is never overwritten when it is none: %j', (text) => {
    const damaged = join(folder, 'secret.key')
    writeFileSync(damaged, text)
    expect(() => keepSecretKey(damaged, store)).toThrow(
      `${damaged} does not hold a secret key: 32 bytes in base64 are expected.`,
    )
    expect(readFileSync(damaged, 'utf8')).toBe(text)
  })

  it('is not made anew for a store that was written with another', () => {
    writeFileSync(store, '')
    expect(() => keepSecretKey(path, store)).toThrow(
      `${path} is missing, and ${store} was written with it; put it back, or set SIGNET_SECRET_KEY.`,
    )
    expect(existsSync(path)).toBe(false)
  })
})
