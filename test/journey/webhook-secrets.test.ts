/** A webhook's headers and secrets go to its receiver, and are found nowhere else: no answer, no log, no file. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import request, { type Response } from 'supertest'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { run, type RunningProgram } from '../support/process.ts'
import { type Receiver, startReceiver } from '../support/receiver.ts'

const ADMIN = { Authorization: 'Bearer webhook-test-admin' }
const GIVEN = {
  headers: [
    { 'X-Api-Key': 'key-of-the-crm-83f0aa', Authorization: 'Bearer token-of-the-crm-19be' },
    { 'X-Api-Key': 'a-later-key-of-the-crm-77' },
  ],
  secrets: ['secret-of-the-crm-51abcd', 'a-later-secret-of-the-crm-3c'],
}
const secrets = (): string[] => [
  ...GIVEN.headers.flatMap((headers) => Object.values(headers)),
  ...GIVEN.secrets,
  ...made,
]

const folder = mkdtempSync(join(tmpdir(), 'signet-webhook-'))
let hub: RunningProgram
let receiver: Receiver
const answers: string[] = []
/** Secrets that the hub made: the one answer that shows each is not among `answers`. */
const made: string[] = []
let vouchedFor: string

beforeAll(async () => {
  receiver = await startReceiver()
  hub = run({
    SIGNET_STORE: `sqlite:${join(folder, 'signet.db')}`,
    SIGNET_ADMIN_TOKEN: 'webhook-test-admin',
    SIGNET_OUTBOUND_ALLOW: '127.0.0.0/8',
    SIGNET_LOG_LEVEL: 'trace',
  })
  const http = request(`http://127.0.0.1:${await hub.listening()}`)
  const keep = (answer: Response): Response => {
    answers.push(`${JSON.stringify(answer.headers)} ${answer.text}`)
    return answer
  }
  const send = async (method: 'post' | 'patch' | 'get' | 'delete', path: string, body?: object) =>
    http[method](`/admin/v1${path}`).set(ADMIN).send(body)
  const active = async (id: string): Promise<void> => {
    const answer = keep(await send('get', `/webhooks/${id}`))
    const { subscriptions } = answer.body as { subscriptions: { state: string }[] }
    if (!subscriptions.every(({ state }) => state === 'active')) return active(id)
  }
  keep(await send('post', '/tenants', { id: 'zoo' }))

  const webhook = { tenant: 'zoo', name: 'CRM', topics: ['user'] }
  const [headers, laterHeaders] = GIVEN.headers
  const [secret, laterSecret] = GIVEN.secrets
  const first = { ...webhook, url: receiver.url('/first'), headers, secret }
  const { id } = keep(await send('post', '/webhooks', first)).body as { id: string }
  await active(id)
  keep(await send('post', `/webhooks/${id}/test`))
  await receiver.waitFor(() => receiver.deliveries().length === 1)
  keep(await send('patch', `/webhooks/${id}`, { headers: laterHeaders, secret: laterSecret, format: 'json' }))
  keep(await send('patch', `/webhooks/${id}`, { headers: { ...headers, Host: 'x' } }))

  const second = { ...webhook, url: receiver.url('/second'), verification: 'operator', headers }
  const answer = (await send('post', '/webhooks', second)).body as { id: string; secret: string }
  made.push(answer.secret)
  vouchedFor = answer.id
  await active(answer.id)
  keep(await send('post', `/webhooks/${answer.id}/test`))
  await receiver.waitFor(() => receiver.deliveries().length === 2)
  for (const kind of ['webhooks', 'subscriptions', 'deliveries', 'events'])
    keep(await send('get', `/${kind}`))
  keep(await send('delete', `/webhooks/${id}`))
  hub.process.kill('SIGTERM')
  expect(await hub.ended()).toBe(0)
}, 30_000)

afterAll(async () => {
  hub.process.kill('SIGKILL')
  await receiver.close()
  rmSync(folder, { recursive: true, force: true })
})

const bytes = (): string =>
  readdirSync(folder)
    .map((name) => readFileSync(join(folder, name)).toString('latin1'))
    .join('\n')

it.each([
  ['answer', () => answers.join('\n'), 'header_names'],
  ['line of the log', () => hub.output(), 'delivery attempted'],
  ['file', bytes, 'X-Api-Key'],
])('no %s shows them', (_where, text, found) => {
  expect(text()).toContain(found)
  expect(secrets()).toHaveLength(6)
  for (const secret of secrets()) {
    for (const form of [
      secret,
      Buffer.from(secret).toString('base64').replace(/=*$/, ''),
      encodeURIComponent(secret),
    ]) {
      expect(text().includes(form)).toBe(false)
    }
  }
})

it('the receiver got them', () => {
  const [first, second] = receiver.deliveries()
  expect(first?.headers).toMatchObject({ 'x-api-key': 'key-of-the-crm-83f0aa' })
  expect(second?.headers).toMatchObject({ authorization: 'Bearer token-of-the-crm-19be' })
})

it('the log says for which webhook the operator vouches', () => {
  const lines = hub.logs().filter(({ msg }) => msg === 'the operator vouches for a webhook')
  expect(lines).toMatchObject([{ level: 30, webhook: vouchedFor, tenant: 'zoo' }])
})
