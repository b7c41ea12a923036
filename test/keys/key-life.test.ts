/** next → active → retired → removed, and what is left of a key that was revoked. */
import { beforeEach, describe, expect, it } from 'vitest'
import { PUBLISHED_FIRST } from '../../src/core/key-life.ts'
import { SIGNING_ALGS } from '../../src/core/key-ports.ts'
import { claims, KEEP_MS, published, type RingScene, ringScene, signer, verified } from './ring-scene.ts'

let scene: RingScene

beforeEach(() => {
  scene = ringScene()
})

describe('the life of a key', () => {
  it('begins in public: nothing is signed with a key that caches may lack', async () => {
    const ring = await scene.open('ES256')
    const first = scene.kid('active')
    // Nobody has seen a JWK Set without this one.
    const second = scene.kid('next')
    await ring.rotate()
    expect(await signer(ring)).toBe(second)
    expect(published(ring).map(({ kid }) => kid)).toEqual(expect.arrayContaining([first, second]))

    const third = scene.kid('next')
    await ring.rotate()
    await ring.rotate()
    expect(await signer(ring)).toBe(second)
    expect(published(ring).map(({ kid }) => kid)).toContain(third)
    scene.pass(PUBLISHED_FIRST - 1_000)
    await ring.tend()
    expect(await signer(ring)).toBe(second)
    scene.pass(1_000)
    await ring.tend()
    expect(await signer(ring)).toBe(third)
    // Asked for twice, it was one rotation.
    scene.pass(PUBLISHED_FIRST)
    await ring.tend()
    expect(await signer(ring)).toBe(third)
  })

  it('goes on where it was after a restart', async () => {
    const ring = await scene.open('ES256')
    await ring.rotate()
    await ring.rotate()
    const next = scene.kid('next')
    scene.pass(PUBLISHED_FIRST)
    expect(await signer(await scene.open('ES256'))).toBe(next)
  })

  it('ends when nothing is kept any more that it may have signed', async () => {
    const ring = await scene.open('ES256')
    const token = await ring.sign(claims)
    const kid = scene.kid('active')
    await ring.rotate()
    expect(scene.kid('retired')).toBe(kid)
    expect(scene.store.keys.find((key) => key.kid === kid)?.privateSealed).toBe('')
    scene.pass(KEEP_MS - 1_000)
    await ring.tend()
    expect(verified(token, ring).kid).toBe(kid)
    scene.pass(1_000)
    // Something has waited for all that time.
    scene.store.eventsUntil = 1
    await ring.tend()
    expect(verified(token, ring).kid).toBe(kid)
    scene.store.eventsUntil = 0
    await ring.tend()
    expect(scene.kid('removed')).toBe(kid)
    expect(published(ring).map((key) => key.kid)).not.toContain(kid)
  })

  it('gives way to one of another algorithm, which is published first', async () => {
    const old = await (await scene.open('ES256')).sign(claims)
    const ring = await scene.open('RS256')
    expect(scene.store.keys.map(({ alg, state }) => [alg, state])).toEqual([
      ['ES256', 'active'],
      ['ES256', 'removed'],
      ['RS256', 'next'],
    ])
    expect(verified(await ring.sign(claims), ring).alg).toBe('ES256')
    scene.pass(PUBLISHED_FIRST)
    await ring.tend()
    expect(verified(await ring.sign(claims), ring).alg).toBe('RS256')
    expect(verified(old, ring).alg).toBe('ES256')
  })

  it('stays its own when another algorithm is wanted, and then is not', async () => {
    await scene.open('ES256')
    const kid = scene.kid('active')
    await scene.open('EdDSA')
    const ring = await scene.open('ES256')
    scene.pass(PUBLISHED_FIRST)
    await ring.tend()
    expect(await signer(ring)).toBe(kid)
    expect(new Set(published(ring).map(({ alg }) => alg))).toEqual(new Set(['ES256']))
  })
})

describe.each(SIGNING_ALGS)('a key that is revoked, with %s', (alg) => {
  it('is published and used no more, and what it signed is signed again, claim for claim', async () => {
    const ring = await scene.open(alg)
    const token = await ring.sign(claims)
    const kid = scene.kid('active')
    expect(ring.isRevoked(token)).toBe(false)
    const next = scene.kid('next')
    expect(await ring.revoke(kid)).toMatchObject({ kid, state: 'removed', privateSealed: '' })
    expect(published(ring).map((key) => key.kid)).not.toContain(kid)
    expect(ring.isRevoked(token)).toBe(true)
    const again = (await ring.signAgain(token)) ?? ''
    expect(verified(again, ring).kid).toBe(next)
    expect(again.split('.')[1]).toBe(token.split('.')[1])
    expect(ring.isRevoked(again)).toBe(false)
    // After a restart too.
    expect((await scene.open(alg)).isRevoked(token)).toBe(true)
  })
})

describe('revoking', () => {
  it('signs nothing again that the hub never signed, whatever its header says', async () => {
    const ring = await scene.open('ES256')
    const [header = '', , signature = ''] = (await ring.sign(claims)).split('.')
    const payload = Buffer.from(JSON.stringify({ ...claims, jti: 'forged' })).toString('base64url')
    await ring.revoke(scene.kid('active'))
    expect(await ring.signAgain(`${header}.${payload}.${signature}`)).toBeUndefined()
    expect(await ring.signAgain('no token')).toBeUndefined()
  })

  it('works in every state, and twice', async () => {
    const ring = await scene.open('ES256')
    await ring.rotate()
    for (const state of ['retired', 'next', 'active'] as const) {
      const kid = scene.kid(state)
      const { revokedAt } = (await ring.revoke(kid)) ?? {}
      expect(revokedAt).toBeGreaterThan(0)
      expect((await ring.revoke(kid))?.revokedAt).toBe(revokedAt)
      expect(published(ring).map((key) => key.kid)).not.toContain(kid)
    }
    expect(published(ring)).toHaveLength(2)
    expect(await ring.revoke('unknown')).toBeUndefined()
  })

  it('of two at once leaves one that signs', async () => {
    const ring = await scene.open('ES256')
    await Promise.all([ring.revoke(scene.kid('active')), ring.revoke(scene.kid('next')), ring.rotate()])
    expect(scene.store.keys.filter(({ state }) => state === 'active')).toHaveLength(1)
    verified(await ring.sign(claims), ring)
  })
})
