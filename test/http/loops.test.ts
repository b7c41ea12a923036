/** The hub is asked to call itself: refused by the URL, and by the address where the URL does not show it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loop } from '../../src/outbound/own-address.ts'
import { type AcmeHub, startAcme } from '../support/acme.ts'
import { admin } from '../support/admin-api.ts'
import { formFor, isEnded, post, settled } from '../support/subscriptions.ts'
import { newWebhook } from '../support/webhooks.ts'

let hub: AcmeHub
beforeAll(async () => {
  hub = await startAcme({
    env: { SIGNET_OUTBOUND_ALLOW: '127.0.0.0/8,localhost' },
    overrides: { resolve: () => Promise.resolve(['127.0.0.1']) },
  })
})
afterAll(() => hub.close())

const SPELLINGS = ['/hub', '/in/casdoor', '/', '', '/x/../hub', '/%68ub', '?x=1', '/topics/acme']

describe('the hub’s own URL', () => {
  it.each(SPELLINGS)('with %j is no callback', async (path) => {
    for (const url of [
      `${hub.url}${path}`,
      `${hub.url.toUpperCase().replace('LOCALHOST', 'localhost')}${path}`,
    ]) {
      const answer = await post(hub, formFor(hub, url)).expect(400)
      expect(answer.text).toBe('hub.callback leads back to this hub; name an address of your own.\n')
    }
  })

  it('is no webhook’s, and no publisher’s keys', async () => {
    const refused = await admin(hub, 'post', '/webhooks', newWebhook(`${hub.url}/in/casdoor`)).expect(400)
    expect((refused.body as { detail: string }).detail).toMatch(/^url leads back to this hub/)
    const auth = {
      method: 'jwt',
      issuer: 'https://idp.acme.example',
      jwks_url: `${hub.url}/.well-known/jwks.json`,
      audience: 'x',
    }
    await admin(hub, 'post', '/sources', {
      ...{ id: 'own', tenant: 'acme', provider: 'set', issuer: 'https://idp.acme.example', auth },
    }).expect(400)
  })
})

describe('the hub’s own address under another name', () => {
  it.each(['http://127.0.0.1', 'http://elsewhere.localhost', 'http://hub.example'])(
    '%s is connected to, and told nothing',
    async (origin) => {
      const callback = `${origin}:${hub.port}/hub`
      await post(hub, formFor(hub, callback)).expect(202)
      const { verification } = await settled(hub, callback, isEnded)
      expect(verification).toContain('forbidden: The address is the hub’s own.')
    },
  )

  it('is told nothing either where the operator vouches for it', async () => {
    const url = `http://127.0.0.1:${hub.port}/in/casdoor`
    const made = await admin(hub, 'post', '/webhooks', newWebhook(url, { verification: 'operator' })).expect(
      202,
    )
    const { id } = made.body as { id: string }
    await admin(hub, 'post', `/webhooks/${id}/test`).expect(202)
    const seen = await settled(hub, url, ({ last_failure }) => last_failure !== null)
    expect(seen.last_failure).toBe('forbidden')
    // Nothing but the test itself happened.
    const { items } = await hub.admin.get<{ items: { native: string }[] }>('/events')
    expect(items).toHaveLength(1)
  })
})

describe('a connection leads back', () => {
  it.each([
    ['127.0.0.1', '127.0.0.1', true],
    ['127.0.0.1', '::ffff:127.0.0.1', true],
    ['127.0.0.1', '127.0.0.2', false],
    ['127.0.0.1', '10.0.0.1', false],
    ['0.0.0.0', '127.0.0.1', true],
    ['0.0.0.0', '127.9.9.9', true],
    ['::', '::1', true],
    ['::', '::ffff:127.0.0.1', true],
    ['0.0.0.0', '203.0.113.1', false],
    ['::1', '0:0:0:0:0:0:0:1', true],
  ])('to a hub on %s from %s: %s', (host, remoteAddress, expected) => {
    const own = { host, port: 8080 }
    expect(loop({ remoteAddress, remotePort: 8080 }, own) !== undefined).toBe(expected)
    expect(loop({ remoteAddress, remotePort: 8081 }, own)).toBeUndefined()
    expect(loop({ remoteAddress, remotePort: 8080 }, undefined)).toBeUndefined()
  })
})
