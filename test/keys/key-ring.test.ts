/** Signed by the hub's key ring, verified by means that the hub does not use. */
import { createHash, createPublicKey, randomBytes, verify } from 'node:crypto'
import jwt from 'jsonwebtoken'
import { beforeEach, describe, expect, it } from 'vitest'
import type { SigningKeyStore, StoredKey } from '../../src/core/key-ports.ts'
import { SIGNING_ALGS, type SigningAlg } from '../../src/core/key-ports.ts'
import { type KeyRing, openKeyRing } from '../../src/keys/key-ring.ts'
import { createVault } from '../../src/keys/vault.ts'

const secretKey = randomBytes(32)
const claims = { iss: 'https://hub.example', jti: 'jti', events: { 'urn:x': {} } }

let store: SigningKeyStore & { keys: StoredKey[] }
let now: number

beforeEach(() => {
  now = 1_700_000_000_000
  const keys: StoredKey[] = []
  store = {
    keys,
    list: () => Promise.resolve([...keys]),
    activate: (key) => {
      for (const other of keys) if (other.state === 'active') other.state = 'retired'
      keys.push({ ...key, state: 'active' })
      return Promise.resolve()
    },
  }
})

const open = (alg: SigningAlg, key = secretKey): Promise<KeyRing> =>
  openKeyRing(store, createVault(key), { now: () => (now += 1) }, alg)

type PublishedKey = Record<string, string> & { kid: string; alg: string; kty: string; use: string }
const published = (ring: KeyRing) => ring.publicKeys().keys as unknown as PublishedKey[]

/** @returns the header, once the signature is verified with the published key that it names */
function verified(token: string, ring: KeyRing): jwt.JwtHeader {
  const header = jwt.decode(token, { complete: true })?.header
  const jwk = published(ring).find(({ kid }) => kid === header?.kid)
  if (header === undefined || jwk === undefined) throw new Error('signed with a key that is not published')
  const key = createPublicKey({ key: jwk, format: 'jwk' })
  if (jwk.alg === 'EdDSA') {
    // Which jsonwebtoken does not know.
    const [head = '', payload = '', signature = ''] = token.split('.')
    expect(verify(null, Buffer.from(`${head}.${payload}`), key, Buffer.from(signature, 'base64url'))).toBe(
      true,
    )
  } else {
    jwt.verify(token, key, { algorithms: [jwk.alg as jwt.Algorithm] })
  }
  return header
}

describe.each(SIGNING_ALGS)('a key ring with %s', (alg) => {
  it('signs what its published key verifies', async () => {
    const ring = await open(alg)
    const token = await ring.sign(claims)
    expect(verified(token, ring)).toEqual({ typ: 'secevent+jwt', alg, kid: published(ring)[0]?.kid })
    expect(jwt.decode(token)).toEqual(claims)
  })

  it('publishes kid, alg and use, and nothing private', async () => {
    const [key = {} as PublishedKey, ...others] = published(await open(alg))
    expect(others).toEqual([])
    expect(key).toMatchObject({ alg, use: 'sig' })
    expect(key.kid).toBe(thumbprint(key))
    for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']) expect(key).not.toHaveProperty(secret)
  })

  it('goes on with its key after a restart', async () => {
    const token = await (await open(alg)).sign(claims)
    const restarted = await open(alg)
    expect(published(restarted)).toHaveLength(1)
    verified(token, restarted)
    verified(await restarted.sign(claims), restarted)
  })
})

describe('a key ring', () => {
  it('retires the old key when the algorithm changes, and still publishes it', async () => {
    const old = await (await open('ES256')).sign(claims)
    const ring = await open('RS256')
    expect(store.keys.map(({ alg, state }) => [alg, state])).toEqual([
      ['ES256', 'retired'],
      ['RS256', 'active'],
    ])
    expect(verified(old, ring).alg).toBe('ES256')
    expect(verified(await ring.sign(claims), ring).alg).toBe('RS256')
  })

  it('makes a new key when the algorithm changes back', async () => {
    for (const alg of ['ES256', 'EdDSA', 'ES256'] as const) await open(alg)
    expect(store.keys.map(({ state }) => state)).toEqual(['retired', 'retired', 'active'])
    expect(new Set(store.keys.map(({ kid }) => kid)).size).toBe(3)
  })

  it('keeps its private key sealed', async () => {
    await open('ES256')
    const [key] = store.keys
    expect(key?.publicJwk).not.toHaveProperty('d')
    expect(key?.privateSealed).toMatch(/^v1\.[A-Za-z0-9_-]+$/)
  })

  it('tells the operator that the secret key is another one', async () => {
    await open('ES256')
    await expect(open('ES256', randomBytes(32))).rejects.toThrow(
      /^The signing key .*SIGNET_SECRET_KEY.* is not the one/,
    )
  })
})

/** RFC 7638 §3: the required members alone, in order. */
function thumbprint(key: PublishedKey): string {
  const members = { EC: ['crv', 'kty', 'x', 'y'], RSA: ['e', 'kty', 'n'], OKP: ['crv', 'kty', 'x'] }[key.kty]
  const required = Object.fromEntries((members ?? []).map((name) => [name, key[name]]))
  return createHash('sha256').update(JSON.stringify(required)).digest('base64url')
}
