/** The program as a process: how it starts, what it says, how it ends. */
import { createHmac } from 'node:crypto'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import request from 'supertest'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { AGELESS, CASDOOR_SECRET, casdoorLogin, fixture, LOGTO_SECRET } from './support/acme.ts'
import { run, type RunningProgram } from './support/process.ts'
import { type Receiver, startReceiver, willing } from './support/receiver.ts'
import { until } from './support/until.ts'

const ADMIN_TOKEN = 'main-test-admin-token-42'

let folder: string
let programs: RunningProgram[]

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'signet-main-'))
  programs = []
})

afterEach(async () => {
  for (const program of programs) {
    program.process.kill('SIGKILL')
    await program.ended()
  }
  rmSync(folder, { recursive: true, force: true })
})

function start(env: Record<string, string> = {}): RunningProgram {
  const program = run({ SIGNET_STORE: `sqlite:${join(folder, 'signet.db')}`, ...env })
  programs.push(program)
  return program
}

const http = (port: number) => request(`http://127.0.0.1:${port}`)

const adminPost = (port: number, path: string, body: object) =>
  http(port).post(`/admin/v1${path}`).set('Authorization', `Bearer ${ADMIN_TOKEN}`).send(body).expect(201)

async function stop(program: RunningProgram): Promise<void> {
  program.process.kill('SIGTERM')
  expect(await program.ended()).toBe(0)
}

describe('starting', () => {
  it('prints an admin token the first time, and never again', async () => {
    const first = start()
    const port = await first.listening()
    await until(() => Promise.resolve(/shown this once: (\S+)/.test(first.stdout())))
    const token = /shown this once: (\S+)\n/.exec(first.stdout())?.[1] ?? ''
    expect(token).toMatch(/^[\w-]{43}$/)
    await http(port).get('/admin/v1/tenants').set('Authorization', `Bearer ${token}`).expect(200)
    await stop(first)
    expect(first.output().split(token)).toHaveLength(2)

    const second = start()
    const again = await second.listening()
    await http(again).get('/admin/v1/tenants').set('Authorization', `Bearer ${token}`).expect(200)
    await stop(second)
    expect(second.output()).not.toContain(token)
    expect(second.output()).not.toMatch(/admin token/i)
    for (const name of ['signet.db', 'secret.key']) {
      expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600)
    }
  })

  it('says where it listens, and warns of what it does not know', async () => {
    const program = start({ SIGNET_ADMIN_TOKEN: ADMIN_TOKEN, SIGNET_PORTT: 'hunter2' })
    const port = await program.listening()
    await http(port).get('/healthz').expect(200)
    const lines = program.logs()
    expect(lines.find(({ msg }) => msg === `listening on 127.0.0.1:${port}`)).toMatchObject({
      url: `http://localhost:${port}`,
    })
    expect(lines.find(({ level }) => level === 40)?.msg).toMatch(/^SIGNET_PORTT is not a setting/)
    await stop(program)
    expect(program.output()).not.toContain('hunter2')
    expect(program.output()).not.toContain(ADMIN_TOKEN)
  })
})

describe('refusing to start', () => {
  it('names every wrong setting at once', async () => {
    const program = start({ SIGNET_PORT: 'http', SIGNET_LOG_LEVEL: 'loud', SIGNET_SIGNING_ALG: 'none' })
    expect(await program.ended()).toBe(1)
    const lines = program.output().trim().split('\n')
    expect(lines).toHaveLength(4)
    for (const name of ['SIGNET_PORT', 'SIGNET_LOG_LEVEL', 'SIGNET_SIGNING_ALG']) {
      expect(program.output()).toContain(name)
    }
  })

  it('on a store that another process has', async () => {
    const first = start()
    await first.listening()
    const second = start()
    expect(await second.ended()).toBe(1)
    expect(second.output().trim()).toBe(
      `${join(folder, 'signet.db')} is in use by another process; one hub at a time may have it.`,
    )
    await http(await first.listening())
      .get('/readyz')
      .expect(200)
  })

  it('with a secret key that is not the store’s', async () => {
    const first = start()
    await first.listening()
    await stop(first)
    const second = start({ SIGNET_SECRET_KEY: Buffer.alloc(32, 1).toString('base64') })
    expect(await second.ended()).toBe(1)
    expect(second.output().trim()).toBe(
      'The signing key in the store does not open: the secret key (SIGNET_SECRET_KEY, or secret.key beside the store) is not the one that this store was written with.',
    )
  })

  it('on a port that is taken', async () => {
    const first = start()
    const port = await first.listening()
    const second = start({
      SIGNET_PORT: String(port),
      SIGNET_STORE: `sqlite:${join(folder, 'other', 'signet.db')}`,
    })
    expect(await second.ended()).toBe(1)
    expect(second.output().trim()).toBe(`The hub cannot listen on 127.0.0.1:${port} (EADDRINUSE).`)
  })

  it('with a store that cannot be opened', async () => {
    const program = start({ SIGNET_STORE: `sqlite:${folder}` })
    expect(await program.ended()).toBe(1)
    expect(program.output().trim().split('\n')).toHaveLength(1)
    expect(program.output()).toContain('cannot be opened as a store')
  })
})

/** One tenant with two sources and a subscriber, and an active subscription of everything. */
async function populate(port: number, receiver: Receiver, target: string, secret: string): Promise<string> {
  await adminPost(port, '/tenants', { id: 'acme' })
  await adminPost(port, '/sources', {
    id: 'casdoor',
    tenant: 'acme',
    provider: 'casdoor',
    issuer: 'https://door.acme.example',
    auth: { method: 'bearer', secret: CASDOOR_SECRET },
  })
  await adminPost(port, '/sources', {
    id: 'logto',
    tenant: 'acme',
    provider: 'logto',
    issuer: 'https://logto.acme.example/oidc',
    auth: { method: 'hmac', secret: LOGTO_SECRET },
    max_age: AGELESS,
  })
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

const casdoor = (port: number, name: string, secret = CASDOOR_SECRET) =>
  http(port).post('/in/casdoor').set('Authorization', `Bearer ${secret}`).send(casdoorLogin(name))

const signed = (body: Buffer) => createHmac('sha256', LOGTO_SECRET).update(body).digest('hex')

describe('SIGTERM', () => {
  let receiver: Receiver

  beforeEach(async () => {
    receiver = await startReceiver()
  })

  afterEach(() => receiver.close())

  it('finishes the deliveries in flight, and exits 0', async () => {
    const settings = { SIGNET_ADMIN_TOKEN: ADMIN_TOKEN, SIGNET_OUTBOUND_ALLOW: '127.0.0.1' }
    const program = start(settings)
    const port = await program.listening()
    await populate(port, receiver, '/cb', 'a-secret')
    const { promise: decided, resolve: decide } = Promise.withResolvers<undefined>()
    receiver.reply(async (request) => {
      await decided
      return willing(request)
    })
    await casdoor(port, 'in flight').expect(202)
    // A new subscription gets one at a time: the second waits for the end of the first.
    await receiver.waitFor(() => receiver.deliveries().length === 1)
    program.process.kill('SIGTERM')
    await until(() => Promise.resolve(program.stdout().includes('stopping')))
    expect(program.process.exitCode).toBeNull()
    await expect(http(port).get('/healthz')).rejects.toThrow('ECONNREFUSED')
    decide(undefined)
    expect(await program.ended()).toBe(0)
    expect(program.logs().at(-1)?.msg).toBe('stopped')

    // The receipt was written: only what waited is sent.
    receiver.reply(willing)
    const again = start(settings)
    const restarted = await again.listening()
    await until(async () => {
      const answer = await http(restarted)
        .get('/admin/v1/deliveries')
        .set('Authorization', `Bearer ${ADMIN_TOKEN}`)
      const { items } = answer.body as { items: { state: string; attempts: number }[] }
      return (
        items.length === 2 && items.every(({ state, attempts }) => state === 'delivered' && attempts === 1)
      )
    })
    expect(receiver.deliveries()).toHaveLength(2)
    await stop(again)
  })

  it('does not wait for connections that ask nothing', async () => {
    const program = start()
    const port = await program.listening()
    const idle = connect(port, '127.0.0.1')
    await new Promise((resolve) => idle.once('connect', resolve))
    await http(port).get('/healthz').set('Connection', 'keep-alive').expect(200)
    const began = performance.now()
    await stop(program)
    expect(performance.now() - began).toBeLessThan(4_000)
    idle.destroy()
  })
})

describe('the log', () => {
  it.each(['info', 'debug'])('at %s tells of a whole journey without a secret or a person', async (level) => {
    const receiver = await startReceiver()
    const program = start({
      SIGNET_ADMIN_TOKEN: ADMIN_TOKEN,
      SIGNET_OUTBOUND_ALLOW: '127.0.0.1',
      SIGNET_LOG_LEVEL: level,
      SIGNET_RETRY_SCHEDULE: '20ms',
    })
    const port = await program.listening()
    const token = await populate(port, receiver, '/cb?callback-key=k3y', 'callback-secret')
    receiver.reply((received) =>
      received.method === 'POST' && receiver.deliveries().length === 1 ? { status: 503 } : willing(received),
    )
    await casdoor(port, 'logged').expect(202)
    await casdoor(port, 'logged').expect(200)
    await casdoor(port, 'forged', 'forged-credential').expect(401)
    const body = fixture('logto/PostSignIn.json')
    await http(port)
      .post('/in/logto')
      .set('logto-signature-sha-256', signed(body))
      .set('Content-Type', 'application/json')
      .send(body.toString())
      .expect(202)
    await casdoor(port, 'x').send('{"alice":').expect(400)
    await http(port)
      .get('/topics/acme?alice=1')
      .set('Authorization', 'Bearer wrong-subscriber-token')
      .expect(401)
    // Two SETs of each login, and one try in vain.
    await receiver.waitFor(() => receiver.deliveries().length === 5)
    await stop(program)
    await receiver.close()

    const seen = new Set(program.logs().map(({ msg }) => msg))
    for (const message of [
      'event accepted',
      'event passed over',
      'intake refused',
      'verification queued',
      'verification settled',
      'delivery attempted',
    ]) {
      expect(seen).toContain(message)
    }
    const signatures = receiver
      .deliveries()
      .map(({ headers }) => headers['x-hub-signature']?.split('=')[1] ?? '')
    const hidden = [
      ADMIN_TOKEN,
      token,
      CASDOOR_SECRET,
      LOGTO_SECRET,
      'callback-secret',
      'callback-key',
      'k3y',
      'forged-credential',
      'wrong-subscriber-token',
      signed(body),
      ...signatures,
      ...receiver.deliveries().map(({ body }) => body.toString()),
      ...receiver.requests.flatMap(({ url }) => /hub\.challenge=([\w-]+)/.exec(url)?.[1] ?? []),
      'alice',
      'acme.example',
      '203.0.113.24',
      'Mozilla',
    ]
    for (const text of hidden) {
      expect(text).not.toBe('')
      expect(program.output()).not.toContain(text)
    }
  })
})
