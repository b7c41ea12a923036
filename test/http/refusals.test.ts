/** Bad input at every door: the contract's answer, one line of the log that says why, and nothing of what was sent. */
import { mkdtempSync, rmSync } from 'node:fs'
import { request as ask } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { run, type RunningProgram } from '../support/process.ts'
import { until } from '../support/until.ts'

const ADMIN = 'Bearer refusals-test-admin'
const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' }
const JSON_TYPE = { 'Content-Type': 'application/json' }
const HUSH = 'hush-hush-it-was-sent'
const HUGE = HUSH.repeat(20_000)

const folder = mkdtempSync(join(tmpdir(), 'signet-refusals-'))
let hub: RunningProgram
let port: number

beforeAll(async () => {
  hub = run({
    SIGNET_STORE: `sqlite:${join(folder, 'signet.db')}`,
    SIGNET_ADMIN_TOKEN: 'refusals-test-admin',
    SIGNET_LOG_LEVEL: 'trace',
  })
  port = await hub.listening()
  await send('/admin/v1/tenants', { ...JSON_TYPE, Authorization: ADMIN }, '{"id":"acme"}')
  const source = (id: string, provider: string, more: object) =>
    send(
      '/admin/v1/sources',
      { ...JSON_TYPE, Authorization: ADMIN },
      JSON.stringify({ id, tenant: 'acme', provider, issuer: 'https://idp.acme.example', ...more }),
    )
  await source('door', 'casdoor', { auth: { method: 'bearer', secret: 'door-secret' } })
  const auth = { method: 'network', allow_from: ['127.0.0.0/8'] }
  await source('wso2', 'asgardeo', { auth, topic_prefix: 'acme.' })
})

afterAll(async () => {
  hub.process.kill('SIGKILL')
  await hub.ended()
  rmSync(folder, { recursive: true, force: true })
})

const send = (path: string, headers: Record<string, string>, body: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const request = ask({ port, path, headers, method: 'POST' }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode ?? 0))
    })
    request.on('error', reject).end(body)
  })

const refused = (route: string, why: string): number =>
  hub.logs().filter((line) => line.msg === 'request refused' && line.route === route && line.why === why)
    .length

const PUBLISH = '/hub?hub.mode=publish&hub.topic=acme.t'
const IN = '/in/:source'
const door = { ...JSON_TYPE, Authorization: 'Bearer door-secret' }
const operator = { ...JSON_TYPE, Authorization: ADMIN }

it.each([
  ['a huge subscription', '/hub', FORM, HUGE, 413, '/hub', 'too-large'],
  ['a subscription in JSON', '/hub?hub.mode=subscribe', JSON_TYPE, HUSH, 415, '/hub', 'unsupported-type'],
  ['a mode that there is not', `/hub?hub.mode=${HUSH}`, JSON_TYPE, HUSH, 400, '/hub', 'malformed'],
  ['no mode', '/hub', FORM, HUSH, 400, '/hub', 'malformed'],
  ['a huge publication', PUBLISH, JSON_TYPE, HUGE, 413, '/hub', 'too-large'],
  ['a publication that is no JSON', PUBLISH, JSON_TYPE, HUSH, 400, '/hub', 'malformed'],
  ['a publication as text', PUBLISH, { 'Content-Type': 'text/plain' }, HUSH, 415, '/hub', 'unsupported-type'],
  ['a compressed one', PUBLISH, { 'Content-Encoding': 'gzip' }, HUSH, 415, '/hub', 'unsupported-type'],
  ['a foreign name', `/hub?hub.mode=register&hub.topic=${HUSH}`, {}, '', 401, '/hub', 'unauthenticated'],
  ['an unsigned webhook', '/in/door', JSON_TYPE, HUSH, 401, IN, 'unauthenticated'],
  ['a huge webhook', '/in/door', door, HUGE, 413, IN, 'too-large'],
  ['a huge webhook to nobody', '/in/nobody', door, HUGE, 413, IN, 'too-large'],
  ['a webhook that is no JSON', '/in/door', door, HUSH, 400, IN, 'malformed'],
  ['a stranger', '/admin/v1/tenants', JSON_TYPE, HUSH, 401, '/admin/v1/tenants', 'unauthenticated'],
  ['a huge body', '/admin/v1/tenants', operator, HUGE, 413, '/admin/v1/tenants', 'too-large'],
  ['a body that is no JSON', '/admin/v1/tenants', operator, HUSH, 400, '/admin/v1/tenants', 'malformed'],
  [
    'a member too many',
    '/admin/v1/tenants',
    operator,
    `{"${HUSH}":1}`,
    400,
    '/admin/v1/tenants',
    'malformed',
  ],
])('%s', async (_what, path, headers, body, status, route, why) => {
  const before = refused(route, why)
  expect(await send(path, headers, body)).toBe(status)
  await until(() => Promise.resolve(refused(route, why) === before + 1))
})

it.each([
  [PUBLISH, JSON_TYPE, '/hub'],
  ['/in/door', door, IN],
  ['/admin/v1/tenants', operator, '/admin/v1/tenants'],
])('a body to %s that ends too early', async (path, headers, route) => {
  const before = refused(route, 'malformed')
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  const socket = connect(port, '127.0.0.1')
  socket.end(`POST ${path} HTTP/1.1\r\nHost: hub\r\n${lines.join('')}Content-Length: 99\r\n\r\n{"${HUSH}`)
  socket.resume()
  await until(() => Promise.resolve(refused(route, 'malformed') === before + 1))
})

it('nothing of what was sent is in the log, and every line of it is one', () => {
  expect(hub.output()).toContain('request refused')
  expect(hub.output().includes(HUSH)).toBe(false)
  expect(
    hub
      .output()
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('{')),
  ).toEqual([])
})
