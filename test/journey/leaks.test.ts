/**
 * Every native event of every provider goes through a whole hub, with marks in everything that must not pass; then
 * whatever the hub has shown, sent, logged or kept is searched for them.
 */
import { createHmac } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import request, { type Response } from 'supertest'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DISCLOSABLE } from '../../src/core/source.ts'
import { MARK, markedPayload } from '../providers/marked.ts'
import { EVERY_EVENT, NATIVE_NAMES } from '../providers/plausible.ts'
import { run, type RunningProgram } from '../support/process.ts'
import { type Receiver, startReceiver } from '../support/receiver.ts'
import { AGELESS } from '../support/acme.ts'

const ADMIN = { Authorization: 'Bearer leak-test-admin-token' }
const SECRET = 'a-secret-of-the-source'
/** What is told of Alice, but by sources that disclose it. */
const PERSONAL = /alice|acme\.example|491511|203\.0\.113|Mozilla/i

const folder = mkdtempSync(join(tmpdir(), 'signet-leaks-'))
let hub: RunningProgram
let receiver: Receiver
let http: ReturnType<typeof request>
let token: string
/** All that the hub answered. */
const answers: string[] = []
/** As the answers say. */
const accepted = new Set<string>()

const keep = (answer: Response): Response => {
  answers.push(`${answer.status} ${JSON.stringify(answer.headers)} ${answer.text}`)
  return answer
}

/** Two sources of each provider: one that discloses all it may, and one that discloses nothing. */
const SOURCES = Object.keys(NATIVE_NAMES).flatMap((provider) => [
  { id: `${provider}-all`, provider, disclose: [...DISCLOSABLE] },
  { id: `${provider}-none`, provider, disclose: [] },
])

beforeAll(async () => {
  receiver = await startReceiver()
  hub = run({
    SIGNET_STORE: `sqlite:${join(folder, 'signet.db')}`,
    SIGNET_ADMIN_TOKEN: 'leak-test-admin-token',
    SIGNET_OUTBOUND_ALLOW: '127.0.0.0/8',
    SIGNET_LOG_LEVEL: 'debug',
  })
  const port = await hub.listening()
  http = request(`http://127.0.0.1:${port}`)
  await populate(port)
  for (const source of SOURCES) {
    const events = EVERY_EVENT.filter(([provider]) => provider === source.provider)
    for (let from = 0; from < events.length; from += 20) {
      await Promise.all(events.slice(from, from + 20).map(([, native]) => publish(source, native)))
    }
    await misbehave(source)
  }
  await receiver.waitFor(() => receiver.deliveries().length >= accepted.size, { timeoutMs: 60_000 })
  await look()
  hub.process.kill('SIGTERM')
  expect(await hub.ended()).toBe(0)
}, 120_000)

afterAll(async () => {
  hub.process.kill('SIGKILL')
  await receiver.close()
  rmSync(folder, { recursive: true, force: true })
})

async function populate(port: number): Promise<void> {
  const make = async (kind: string, body: object): Promise<Response> =>
    http.post(`/admin/v1/${kind}`).set(ADMIN).send(body).expect(201)
  await make('tenants', { id: 'zoo' })
  for (const source of SOURCES) {
    const signs = source.provider === 'ferriskey' || source.provider === 'logto'
    await make('sources', {
      ...source,
      tenant: 'zoo',
      issuer: 'https://idp.example',
      auth: { method: signs ? 'hmac' : 'bearer', secret: SECRET },
      ...(source.provider === 'logto' && { max_age: AGELESS }),
    })
  }
  const made = await make('subscribers', { id: 'siem', tenant: 'zoo', topics: ['*'] })
  token = (made.body as { token: string }).token
  await http
    .post('/hub')
    .type('form')
    .set('Authorization', `Bearer ${token}`)
    .send({
      'hub.mode': 'subscribe',
      'hub.topic': `http://localhost:${port}/topics/zoo`,
      'hub.callback': receiver.url('/cb'),
    })
    .expect(202)
  await receiver.waitFor((requests) => requests.length === 1)
  // The answer to the challenge is on its way; what is published later comes behind it.
  await new Promise<void>((resolve, reject) => {
    const ask = () => {
      http
        .get('/admin/v1/subscriptions')
        .set(ADMIN)
        .then(({ text }) => (text.includes('"active"') ? resolve() : setTimeout(ask, 10)), reject)
    }
    ask()
  })
}

/** As the provider would, with marks in whatever a request has beside its body. */
function send({ id, provider }: (typeof SOURCES)[number], body: string, secret = SECRET) {
  const time = String(Math.floor(Date.now() / 1000))
  const hmac = (signed: string): string => createHmac('sha256', secret).update(signed).digest('hex')
  const proof: Record<string, Record<string, string>> = {
    ferriskey: { 'x-ferriskey-timestamp': time, 'x-ferriskey-signature': hmac(`${time}.${body}`) },
    logto: { 'logto-signature-sha-256': hmac(body) },
  }
  return http
    .post(`/in/${id}?${MARK}-name=${MARK}-query`)
    .set(proof[provider] ?? { Authorization: `Bearer ${secret}` })
    .set('Content-Type', 'application/json')
    .set('User-Agent', `${MARK}-agent`)
    .set('Cookie', `${MARK}=${MARK}-cookie`)
    .set('Referer', `https://idp.example/${MARK}-referer`)
    .set('X-Forwarded-For', `${MARK}-forwarded`)
    .set(`X-${MARK}`, `${MARK}-header`)
    .send(body)
}

async function publish(source: (typeof SOURCES)[number], native: string): Promise<void> {
  const payload = markedPayload(source.provider, native)
  // One jti would be one event.
  const body = 'jti' in payload ? { ...payload, jti: `jti of ${native}` } : payload
  const answer = keep(await send(source, JSON.stringify(body)).expect(202))
  for (const { jti } of (answer.body as { events: { jti: string }[] }).events) accepted.add(jti)
}

/** Refusals and what is passed over have reasons, and reasons are logged. */
async function misbehave(source: (typeof SOURCES)[number]): Promise<void> {
  const native = NATIVE_NAMES[source.provider]?.[0] ?? ''
  const payload = { ...markedPayload(source.provider, native), jti: `jti of ${native}` }
  const whole = JSON.stringify(payload)
  keep(await send(source, whole, `${MARK}-wrong-secret`).expect(401))
  for (const spoiled of [whole.slice(0, -1), `"${MARK}"`, `{"${MARK}":`, `\uFEFF${MARK}`]) {
    keep(await send(source, spoiled).expect(400))
  }
  const wrongType = Object.fromEntries(Object.keys(payload).map((name) => [name, [`${MARK}-list`]]))
  keep(await send(source, JSON.stringify(wrongType)).expect(400))
  if (source.provider !== 'asgardeo') {
    const unheard = JSON.stringify({ event: 'unheard-of', secret: `${MARK}-unmapped` })
    keep(await send(source, unheard).expect(200))
  }
}

/** Everything that the hub shows, to whomever. */
async function look(): Promise<void> {
  for (const path of ['/healthz', '/readyz', '/metrics', '/hub', '/events', '/.well-known/jwks.json']) {
    keep(await http.get(path))
  }
  for (const path of ['', '/login', '/user/updated', '/credential/changed']) {
    keep(await http.get(`/topics/zoo${path}`).set('Authorization', `Bearer ${token}`))
  }
  for (const kind of ['tenants', 'sources', 'subscribers', 'subscriptions', 'events', 'deliveries']) {
    for (let cursor: string | null = ''; cursor !== null;) {
      const page = keep(
        await http
          .get(`/admin/v1/${kind}?limit=500${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`)
          .set(ADMIN)
          .expect(200),
      )
      const { items, next } = page.body as { items: { id?: string; jti?: string }[]; next: string | null }
      for (const { id, jti } of items.slice(0, 20)) {
        keep(
          await http
            .get(`/admin/v1/${kind}/${id ?? jti ?? ''}`)
            .set(ADMIN)
            .expect(200),
        )
      }
      cursor = next
    }
  }
}

/** The claims of every token that stands in a text. */
function claimsIn(text: string): string[] {
  const payloads = [...text.matchAll(/eyJ[\w-]+\.(eyJ[\w-]+)/g)].map(([, payload = '']) => payload)
  return payloads.map((payload) => Buffer.from(payload, 'base64url').toString())
}

/** The bytes as they lie there, what was deleted or overwritten included. */
const bytes = (): string =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name)).toString('latin1'))
    .join('\n')

/** Every row: a long token is torn apart between the pages of the file. */
function rows(): string {
  const file = new Sqlite(join(folder, 'signet.db'), { readonly: true })
  const tables = file.prepare("select name from sqlite_schema where type = 'table'").pluck().all() as string[]
  const all = tables.map((table) => JSON.stringify(file.prepare(`select * from "${table}"`).all()))
  file.close()
  return all.join('\n')
}

const delivered = (): string =>
  receiver.requests
    .map(({ url, rawHeaders, body }) => `${url} ${rawHeaders.join()} ${body.toString()}`)
    .join('\n')

describe.each([
  ['what a subscriber received', delivered, /secevent/],
  ['what the hub answered', () => answers.join('\n'), /casdoor-none/],
  ['the log', () => hub.output(), /event accepted[^]*intake refused|intake refused[^]*event accepted/],
  ['the files of the store', bytes, /secevent/],
  ['the rows of the store', rows, /secevent/],
])('%s', (_what, text, expected) => {
  it('is all there to be searched', () => {
    expect(text()).toMatch(expected)
  })

  it('has none of the marks, in clear or in a token', () => {
    const found = text()
    expect(found.includes(MARK)).toBe(false)
    expect(claimsIn(found).filter((claims) => claims.includes(MARK))).toEqual([])
  })

  it('names nobody whom the source does not disclose', () => {
    const found = text()
    expect(PERSONAL.exec(found)?.[0]).toBeUndefined()
    const undisclosed = claimsIn(found).filter((claims) => claims.includes('-none"'))
    expect(undisclosed.filter((claims) => PERSONAL.test(claims))).toEqual([])
  })
})

it('the tokens of every native event were among what was searched', () => {
  const natives = (text: string): Set<string> =>
    new Set(
      claimsIn(text).map((claims) => {
        const { events } = JSON.parse(claims) as {
          events: Record<string, { source: { id: string; event: string } }>
        }
        const { source } = Object.values(events)[0] ?? { source: { id: '', event: '' } }
        return `${source.id} ${source.event}`
      }),
    )
  expect(natives(delivered()).size).toBe(EVERY_EVENT.length * 2)
  expect(natives(rows()).size).toBe(EVERY_EVENT.length * 2)
})
