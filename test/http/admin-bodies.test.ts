/** The admin API's bodies: what cannot be read, or says something that is not known, is refused. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AcmeHub, startAcme } from '../support/acme.ts'
import { admin } from '../support/admin-api.ts'
import { newSource, newSubscriber } from '../support/resources.ts'

let hub: AcmeHub

beforeAll(async () => {
  hub = await startAcme()
})

afterAll(() => hub.close())

const ask = (method: 'get' | 'post', path: string, body?: object | string) => admin(hub, method, path, body)

describe('a body', () => {
  it.each([
    ['/tenants', { id: 'x', subscribr: 'open' }, /subscribr/],
    ['/sources', newSource({ id: 'x', discloze: [] }), /discloze/],
    ['/subscribers', newSubscriber({ id: 'x', topic: '*' }), /topic/],
  ])('to %s with an unknown field is refused by name', async (path, body, name) => {
    const answer = await ask('post', path, body).expect(400)
    expect(answer.headers['content-type']).toBe('application/problem+json')
    expect((answer.body as { detail: string }).detail).toMatch(name)
    await ask('get', `${path}/x`).expect(404)
  })

  it.each(['', 'A', 'a_b', '-a', 'a'.repeat(64), 'a/b', 'é'])('cannot have the id "%s"', async (id) => {
    await ask('post', '/tenants', { id }).expect(400)
  })

  it.each([
    ['no JSON', '{', 400],
    ['an array', '[]', 400],
    ['a text', '"x"', 400],
    ['too much', JSON.stringify({ id: 'x'.repeat(300_000) }), 413],
  ])('that is %s is refused', async (_what, body, status) => {
    const answer = await ask('post', '/tenants', body).expect(status)
    expect(answer.headers['content-type']).toBe('application/problem+json')
    expect(answer.body).toMatchObject({ type: 'about:blank', status })
  })

  it('that is a form is 415', async () => {
    await ask('post', '/tenants').type('form').send({ id: 'x' }).expect(415)
  })

  it('must be there', async () => {
    await ask('post', '/tenants').expect(415)
    await ask('post', '/tenants', '').expect(400)
  })
})
