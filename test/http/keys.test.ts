/** Signing keys, changed while the hub runs. */
import jwt from 'jsonwebtoken'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type AcmeHub, casdoorLogin, startAcme } from '../support/acme.ts'
import { type Receiver, startReceiver, willing } from '../support/receiver.ts'
import { until } from '../support/until.ts'
import { verifySet } from '../support/verify-set.ts'

interface Key {
  kid: string
  alg: string
  state: string
  revoked_at: string | null
}

const LOGINS = '/login/succeeded'

let hub: AcmeHub
let receiver: Receiver

beforeEach(async () => {
  hub = await startAcme({ env: { SIGNET_RETRY_SCHEDULE: '100ms,100ms,1h,1h' } })
  receiver = await startReceiver()
})

afterEach(async () => {
  await hub.close()
  await receiver.close()
})

const keys = async (): Promise<Key[]> => (await hub.admin.get<{ items: Key[] }>('/keys')).items
const kid = async (state: string): Promise<string> =>
  (await keys()).find((key) => key.state === state)?.kid ?? `no ${state} key`
const published = async (): Promise<string[]> => {
  const page = await hub.http.get('/.well-known/jwks.json').expect(200)
  return (page.body as { keys: Key[] }).keys.map((key) => key.kid)
}
const signer = (token: string): string | undefined => jwt.decode(token, { complete: true })?.header.kid
const jtiOf = (token: string): unknown => (jwt.decode(token) as { jti?: string }).jti
const bodies = (): string[] => receiver.deliveries().map(({ body }) => body.toString())

/** The receiver takes nothing for now, so that what was signed waits. */
const refuse = (): void =>
  receiver.reply((request) => (request.method === 'GET' ? willing(request) : { status: 503 }))

describe('rotating', () => {
  it('signs with the key that was published before, and still publishes the one that signed', async () => {
    await hub.subscribe(receiver, { topic: LOGINS })
    await hub.casdoor(casdoorLogin('before'))
    const [active, next] = [await kid('active'), await kid('next')]
    expect(await published()).toEqual(expect.arrayContaining([active, next]))
    const rotated = await hub.admin.post<{ items: Key[]; next: null }>('/keys/rotate', {})
    expect(rotated.items.map((key) => [key.kid, key.state])).toEqual(
      expect.arrayContaining([
        [next, 'active'],
        [active, 'retired'],
      ]),
    )
    await hub.casdoor(casdoorLogin('after'))
    await receiver.waitFor(() => receiver.deliveries().length === 2)
    expect(bodies().map(signer)).toEqual([active, next])
    for (const body of bodies()) await verifySet(hub, body, hub.topic(LOGINS))
    expect(await published()).toHaveLength(3)
    expect(JSON.stringify(await keys())).not.toMatch(/sealed|"d"/)
  })
})

describe('revoking', () => {
  it('has what waits signed again, with the same claims, and sends nothing by that key', async () => {
    await hub.subscribe(receiver, { topic: LOGINS })
    refuse()
    await hub.casdoor(casdoorLogin('one'))
    await receiver.waitFor(() => receiver.deliveries().length > 0)
    const [before = ''] = bodies()
    const old = await kid('active')
    expect(signer(before)).toBe(old)
    const revoked = await hub.admin.post<Key>(`/keys/${old}/revoke`, {})
    const sentByThen = receiver.deliveries().length
    expect(revoked).toMatchObject({ kid: old, state: 'removed', revoked_at: expect.any(String) as string })
    expect(await published()).not.toContain(old)

    receiver.reply(willing)
    const newer = () => bodies().filter((body) => signer(body) !== old)
    await receiver.waitFor(() => newer().length > 0)
    const [again = ''] = newer()
    await verifySet(hub, again, hub.topic(LOGINS))
    expect(again.split('.')[1]).toBe(before.split('.')[1])
    // One may have been under way when it was revoked.
    expect(
      bodies()
        .slice(sentByThen + 1)
        .map(signer),
    ).not.toContain(old)
    const page = await hub.http
      .get(`/topics/acme${LOGINS}`)
      .set('Authorization', `Bearer ${hub.token}`)
      .expect(200)
    expect(page.text).toBe(again)
  })

  it('reaches whatever is kept, also after a restart', async () => {
    const { events } = await hub.casdoor(casdoorLogin('kept'))
    expect(events.length).toBeGreaterThan(1)
    const old = await kid('active')
    await hub.admin.post(`/keys/${old}/revoke`, {})
    await hub.stop()
    hub = { ...(await startAcme({ folder: hub.folder })), token: hub.token }
    for (const { jti } of events) {
      let token = ''
      await until(async () => {
        token = (await hub.admin.get<{ set: string }>(`/events/${jti}`)).set
        return signer(token) !== old
      })
      expect(jtiOf(token)).toBe(jti)
      expect(signer(token)).toBe(await kid('active'))
    }
  })

  it('is 404 for a key that is not there', async () => {
    await expect(hub.admin.post('/keys/nope/revoke', {})).rejects.toThrow(/404 .*no signing key/)
  })
})
