/** Whose topics by name are: a source's, for as long as it is there and from where it may come. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AcmeHub } from '../support/acme.ts'
import type { Receiver } from '../support/receiver.ts'
import { isActive, isEnded, settled, verifications } from '../support/subscriptions.ts'
import { makeWso2Source, PREFIX, startWso2, type Wso2, wso2Event } from '../support/wso2.ts'

let scene: Wso2
let hub: AcmeHub
let customer: Receiver
let wso2: Wso2['wso2']

beforeAll(async () => {
  scene = await startWso2()
  ;({ hub, customer, wso2 } = scene)
})

afterAll(() => scene.close())

describe('a source', () => {
  it('does not share the beginning of its names with another', async () => {
    for (const topic_prefix of [PREFIX, 'myorg.sub.', 'myo']) {
      await expect(makeWso2Source(hub, { id: 'rival', topic_prefix })).rejects.toThrow('409')
    }
    await makeWso2Source(hub, { id: 'neighbour', topic_prefix: 'myorg2.' })
  })

  it('of another kind has no names', async () => {
    const source = { id: 'door', provider: 'casdoor', auth: { method: 'bearer' }, topic_prefix: 'door.' }
    await expect(makeWso2Source(hub, source)).rejects.toThrow('400')
  })

  it('that is deleted takes its topics with it', async () => {
    await makeWso2Source(hub, { id: 'brief', topic_prefix: 'brief.' })
    await wso2.register('brief.topic').expect(200)
    await scene.onBehalf('brief.topic', '/brief')
    await hub.admin.delete('/sources/brief')
    expect(await settled(hub, customer.url('/brief'), isEnded)).toMatchObject({
      ended_why: 'the source of its topic was deleted',
    })
    await customer.waitFor(() => verifications(customer, '/brief').length === 2)
    await wso2.register('brief.topic').expect(401)
  })

  it('that takes over the names of a deleted one has the subscriptions in its own tenant', async () => {
    await makeWso2Source(hub, { id: 'former', topic_prefix: 'handed.' })
    await wso2.register('handed.topic').expect(200)
    await scene.onBehalf('handed.topic', '/handed')
    await hub.admin.delete('/sources/former')
    await hub.admin.post('/tenants', { id: 'heir' })
    await makeWso2Source(hub, { id: 'later', tenant: 'heir', topic_prefix: 'handed.' })
    await wso2.register('handed.topic').expect(200)
    expect(await scene.onBehalf('handed.topic', '/handed')).toMatchObject({ tenant: 'heir', source: 'later' })
  })

  it('from another network is nobody', async () => {
    const auth = { method: 'network', allow_from: ['10.0.0.0/8'] }
    await makeWso2Source(hub, { id: 'far', topic_prefix: 'far.', auth })
    const unknown = await wso2.register('nobody.topic').expect(401)
    for (const request of [
      wso2.register('far.topic'),
      wso2.deregister('far.topic'),
      wso2.publish('far.topic', wso2Event('jti-9')),
    ]) {
      expect((await request.expect(401)).text).toBe(unknown.text)
    }
    await wso2.subscribe('far.topic', customer.url('/far')).expect(401)
  })

  it('behind a proxy that adds a credential is known by that', async () => {
    const auth = { method: 'bearer', secret: 'the-proxy-adds-it' }
    await makeWso2Source(hub, { id: 'proxied', topic_prefix: 'proxied.', auth })
    await wso2.register('proxied.topic').expect(401)
    const bearer = 'Bearer the-proxy-adds-it'
    await wso2.register('proxied.topic').set('Authorization', bearer).expect(200)
    await wso2.subscribe('proxied.topic', customer.url('/proxied')).set('Authorization', bearer).expect(202)
    expect(await settled(hub, customer.url('/proxied'), isActive)).toMatchObject({ source: 'proxied' })
  })
})
