/** Signed by the hub's key ring, verified by means that the hub does not use. */
import { createHash, randomBytes } from 'node:crypto'
import jwt from 'jsonwebtoken'
import { beforeEach, describe, expect, it } from 'vitest'
import { SIGNING_ALGS } from '../../src/core/key-ports.ts'
import { claims, published, type PublishedKey, type RingScene, ringScene, verified } from './ring-scene.ts'

let scene: RingScene

beforeEach(() => {
  scene = ringScene()
})

describe.each(SIGNING_ALGS)('a key ring with %s', (alg) => {
  it('signs what its published key verifies', async () => {
    const ring = await scene.open(alg)
    const token = await ring.sign(claims)
    expect(verified(token, ring)).toEqual({ typ: 'secevent+jwt', alg, kid: scene.kid('active') })
    expect(jwt.decode(token)).toEqual(claims)
  })

  it('publishes kid, alg and use, and nothing private', async () => {
    const keys = published(await scene.open(alg))
    expect(keys.map(({ kid }) => kid).sort()).toEqual([scene.kid('active'), scene.kid('next')].sort())
    for (const key of keys) {
      expect(key).toMatchObject({ alg, use: 'sig' })
      expect(key.kid).toBe(thumbprint(key))
      for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']) expect(key).not.toHaveProperty(secret)
    }
  })

  it('goes on with its key after a restart', async () => {
    const token = await (await scene.open(alg)).sign(claims)
    const restarted = await scene.open(alg)
    expect(published(restarted)).toHaveLength(2)
    verified(token, restarted)
    verified(await restarted.sign(claims), restarted)
  })
})

describe('a key ring', () => {
  it('keeps its private key sealed', async () => {
    await scene.open('ES256')
    const [key] = scene.store.keys
    expect(key?.publicJwk).not.toHaveProperty('d')
    expect(key?.privateSealed).toMatch(/^v1\.[A-Za-z0-9_-]+$/)
  })

  it('tells the operator that the secret key is another one', async () => {
    await scene.open('ES256')
    await expect(scene.open('ES256', randomBytes(32))).rejects.toThrow(
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
