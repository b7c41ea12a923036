/** What the program is given to do, and what publishers send it then. */
import { createHmac } from 'node:crypto'
import { CASDOOR_SECRET, CASDOOR_SOURCE, casdoorLogin, LOGTO_SECRET, LOGTO_SOURCE } from '../support/acme.ts'
import type { Receiver } from '../support/receiver.ts'
import { until } from '../support/until.ts'
import { ADMIN_TOKEN, http } from './place.ts'

const adminPost = (port: number, path: string, body: object) =>
  http(port).post(`/admin/v1${path}`).set('Authorization', `Bearer ${ADMIN_TOKEN}`).send(body).expect(201)

/** One tenant with two sources and a subscriber, and an active subscription of everything. */
export async function populate(
  port: number,
  receiver: Receiver,
  target: string,
  secret: string,
): Promise<string> {
  await adminPost(port, '/tenants', { id: 'acme' })
  await adminPost(port, '/sources', CASDOOR_SOURCE)
  await adminPost(port, '/sources', LOGTO_SOURCE)
  const made = await adminPost(port, '/subscribers', { id: 'siem', tenant: 'acme', topics: ['*'] })
  const { token } = made.body as { token: string }
  await http(port)
    .post('/hub')
    .type('form')
    .set('Authorization', `Bearer ${token}`)
    .send({
      'hub.mode': 'subscribe',
      'hub.topic': `http://localhost:${port}/topics/acme`,
      'hub.callback': receiver.url(target),
      'hub.secret': secret,
    })
    .expect(202)
  await until(async () => {
    const answer = await http(port)
      .get('/admin/v1/subscriptions')
      .set('Authorization', `Bearer ${ADMIN_TOKEN}`)
    return (answer.body as { items: { state: string }[] }).items[0]?.state === 'active'
  })
  return token
}

export const casdoor = (port: number, name: string, secret = CASDOOR_SECRET) =>
  http(port).post('/in/casdoor').set('Authorization', `Bearer ${secret}`).send(casdoorLogin(name))

export const signed = (body: Buffer) => createHmac('sha256', LOGTO_SECRET).update(body).digest('hex')
