/** Whom the hub takes a request to come from, behind proxies that it trusts and those that it does not. */
import { afterEach, describe, expect, it } from 'vitest'
import { type AcmeHub, fixture, startAcme } from '../support/acme.ts'

let hub: AcmeHub
afterEach(() => hub.close())

async function start(proxies: string | undefined): Promise<void> {
  hub = await startAcme(proxies === undefined ? {} : { env: { SIGNET_TRUSTED_PROXIES: proxies } })
  await hub.admin.post('/sources', {
    id: 'wso2',
    tenant: 'acme',
    provider: 'asgardeo',
    issuer: 'https://idp.acme.example',
    auth: { method: 'network', allow_from: ['203.0.113.0/24'] },
  })
}

const send = async (forwarded?: string): Promise<number> => {
  const asked = hub.http.post('/in/wso2').set('Content-Type', 'application/json')
  if (forwarded !== undefined) asked.set('X-Forwarded-For', forwarded)
  return (await asked.send(fixture('asgardeo/login.loginSuccess.json').toString())).status
}

describe('behind a proxy that is trusted', () => {
  it('a source is known by the address that the proxy names', async () => {
    await start('127.0.0.0/8')
    expect(await send('203.0.113.24')).toBe(202)
    expect(await send('10.0.0.1, 203.0.113.24')).toBe(200)
    expect(await send('203.0.113.24, 127.0.0.9')).toBe(200)
  })

  it('what the client itself wrote is not believed', async () => {
    await start('127.0.0.0/8')
    expect(await send('203.0.113.24, 198.51.100.1')).toBe(401)
    expect(await send('203.0.113.24, unknown')).toBe(401)
    expect(await send()).toBe(401)
  })
})

describe('where no proxy is trusted', () => {
  it.each([undefined, '10.0.0.0/8'])('(%s) the header counts for nothing', async (proxies) => {
    await start(proxies)
    expect(await send('203.0.113.24')).toBe(401)
  })
})
