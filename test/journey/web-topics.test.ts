/** Pages as topics where it matters who may, what leads where, and that no ping is lost. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { startTestHub, type TestHub } from '../support/hub.ts'
import { type Program, startProgram } from '../faults/program.ts'
import { run } from '../support/process.ts'
import { type Receiver, startReceiver } from '../support/receiver.ts'
import type { SubscriptionView } from '../support/subscriptions.ts'
import { askFor, delivered, fetches, follow, ping, startOpenHub } from '../support/web-topics.ts'

/** For programs of their own, two starts of which can take long where everything else runs too. */
const PATIENCE = { timeout: 60_000 }

let site: Receiver
let subscriber: Receiver
let hub: TestHub | undefined
let program: Program | undefined

beforeEach(async () => {
  site = await startReceiver({ script: () => ({ status: 200, body: 'a page' }) })
  subscriber = await startReceiver()
})
afterEach(async () => {
  await hub?.close()
  await program?.clear()
  hub = program = undefined
  await site.close()
  await subscriber.close()
})

it('a hub without SIGNET_TOPIC_ORIGINS knows no pages', async () => {
  hub = await startTestHub()
  await ping(hub, { 'hub.url': site.url() }).expect(404)
  await askFor(hub, site.url(), subscriber.url('/cb')).expect(401)
})

it('only pages of the origins that are named are topics', async () => {
  const other = await startReceiver()
  const own = { SIGNET_TOPIC_ORIGINS: `https://blog.example,${site.url().slice(0, -1)}` }
  hub = await startOpenHub({ env: own })
  await follow(hub, site.url('/feed'), subscriber.url('/cb'))
  await ping(hub, { 'hub.url': [site.url('/feed'), other.url('/feed')] }).expect(404)
  await ping(hub, { 'hub.url': other.url('/feed') }).expect(404)
  await askFor(hub, other.url('/feed'), subscriber.url('/cb')).expect(401)
  await ping(hub, { 'hub.url': site.url('/feed') }).expect(204)
  await delivered(subscriber, '/cb', 1)
  expect(other.connections).toBe(0)
  await other.close()
})

it('an address that is not allowed is not reached, not by a redirect either', async () => {
  hub = await startOpenHub({ env: { SIGNET_OUTBOUND_ALLOW: '127.0.0.1' } })
  const secret = await startReceiver()
  const hidden = `http://127.0.0.2:${secret.port}/`
  const script = ({ url }: { url: string }) =>
    url === '/' ? { status: 302, headers: { Location: hidden } } : { status: 200, body: 'a page' }
  site.reply(script)
  for (const topic of [site.url(), hidden, site.url('/good')]) {
    await follow(hub, topic, subscriber.url('/cb'))
    await ping(hub, { 'hub.url': topic }).expect(204)
  }
  const [got] = await delivered(subscriber, '/cb', 1)
  expect(got?.body.toString()).toBe('a page')
  // Once, and twice more.
  await site.waitFor(() => fetches(site, '/').length === 3)
  expect(secret.connections).toBe(0)
  expect(subscriber.deliveries()).toHaveLength(1)
  await secret.close()
})

it('a page of more than a megabyte is none', async () => {
  hub = await startOpenHub()
  site.reply(({ url }) => ({ status: 200, body: Buffer.alloc(1_048_576 + Number(url === '/too-long')) }))
  for (const target of ['/too-long', '/long']) {
    await follow(hub, site.url(target), subscriber.url(target))
    await ping(hub, { 'hub.url': site.url(target) }).expect(204)
  }
  const [got] = await delivered(subscriber, '/long', 1)
  expect(got?.body).toHaveLength(1_048_576)
  await site.waitFor(() => fetches(site, '/too-long').length === 3)
  expect(subscriber.deliveries()).toHaveLength(1)
})

it('content that waits is sealed', async () => {
  hub = await startOpenHub()
  subscriber.reply(({ method, url }) =>
    method === 'POST'
      ? { status: 500 }
      : { status: 200, body: new URL(url, 'http://x').searchParams.get('hub.challenge') ?? '' },
  )
  site.reply(() => ({ status: 200, body: 'marked-7c1d' }))
  await follow(hub, site.url(), subscriber.url('/cb'))
  await ping(hub, { 'hub.url': site.url() }).expect(204)
  await delivered(subscriber, '/cb', 1)
  await hub.stop()
  expect(readFileSync(join(hub.folder, 'signet.db')).includes('marked-7c1d')).toBe(false)
})

it('a ping that was answered survives a kill at once', PATIENCE, async () => {
  program = await startProgram({
    SIGNET_TOPIC_ORIGINS: '*',
    SIGNET_RETRY_SCHEDULE: '100ms',
  })
  const started = program
  const publish = (form: Record<string, string>) =>
    fetch(`${started.address()}/hub`, { method: 'POST', body: new URLSearchParams(form) })
  const topic = site.url('/feed')
  await publish({ 'hub.mode': 'subscribe', 'hub.topic': topic, 'hub.callback': subscriber.url('/cb') })
  await subscriber.waitFor((requests) => requests.length === 1)
  // Active once the echo is committed: until then a ping finds nobody.
  while (subscriber.deliveries().length === 0) {
    await publish({ 'hub.mode': 'publish', 'hub.url': topic })
    await subscriber.waitFor(() => subscriber.deliveries().length > 0, { timeoutMs: 700 }).catch(() => [])
  }
  site.reply(() => ({ status: 200, body: 'changed' }))
  expect((await publish({ 'hub.mode': 'publish', 'hub.url': topic })).status).toBe(204)
  await started.kill()
  await started.start()
  // What was sent before may come again: its receipt may have died with the process.
  const bodies = () => subscriber.deliveries().map(({ body }) => body.toString())
  await subscriber.waitFor(() => bodies().includes('changed'), { timeoutMs: 30_000 })
  expect(new Set(bodies())).toEqual(new Set(['a page', 'changed']))
})

it('a fetch that failed is made again after a restart', async () => {
  hub = await startOpenHub()
  await follow(hub, site.url('/feed'), subscriber.url('/cb'))
  site.reply(({ url }) => (url === '/feed' ? { status: 503 } : { status: 200 }))
  await ping(hub, { 'hub.url': site.url('/feed') }).expect(204)
  await hub.stop()
  site.reply(() => ({ status: 200, body: 'there again' }))
  hub = await startOpenHub({ folder: hub.folder })
  const [got] = await delivered(subscriber, '/cb', 1)
  expect(got?.body.toString()).toBe('there again')
})

it('a page is not fetched once its origin is not allowed any more', async () => {
  hub = await startOpenHub()
  await follow(hub, site.url('/feed'), subscriber.url('/cb'))
  site.reply(() => ({ status: 503 }))
  await ping(hub, { 'hub.url': site.url('/feed') }).expect(204)
  await hub.stop()
  const before = site.requests.length
  const other = await startReceiver({ script: () => ({ status: 200, body: 'another page' }) })
  const allowed = { SIGNET_TOPIC_ORIGINS: other.url().slice(0, -1) }
  hub = await startOpenHub({ folder: hub.folder, env: allowed })
  // Twice, with a pause between: what fell due before has had its turn.
  await follow(hub, other.url('/feed'), subscriber.url('/other'))
  await ping(hub, { 'hub.url': other.url('/feed') }).expect(204)
  await other.waitFor((requests) => requests.length === 1)
  await ping(hub, { 'hub.url': other.url('/feed') }).expect(204)
  await other.waitFor((requests) => requests.length === 2)
  expect(site.requests).toHaveLength(before)
  await other.close()
})

it('who is subscribed to such a page is told that it is over', async () => {
  hub = await startOpenHub()
  await follow(hub, site.url('/feed'), subscriber.url('/cb'))
  await follow(hub, 'https://blog.example/feed', subscriber.url('/blog'))
  await hub.stop()
  hub = await startOpenHub({ folder: hub.folder, env: { SIGNET_TOPIC_ORIGINS: 'https://blog.example' } })
  const topic = encodeURIComponent(site.url('/feed'))
  const denial = `/cb?hub.mode=denied&hub.topic=${topic}&hub.reason=the%20page%20is%20no%20topic%20any%20more`
  await subscriber.waitFor((requests) => requests.some(({ url }) => url === denial))
  const { items } = await hub.admin.get<{ items: SubscriptionView[] }>('/subscriptions')
  expect(items.map(({ callback, state, ended_why }) => [callback, state, ended_why])).toEqual([
    [subscriber.url('/blog'), 'active', null],
    [subscriber.url('/cb'), 'ended', 'its page is no topic any more'],
  ])
})

it(
  'the log says that pages are public, and what came of them, but not what their queries are',
  PATIENCE,
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'signet-web-'))
    const running = run({
      SIGNET_STORE: `sqlite:${join(folder, 'signet.db')}`,
      SIGNET_TOPIC_ORIGINS: '*',
      SIGNET_OUTBOUND_ALLOW: '127.0.0.0/8',
      SIGNET_LOG_LEVEL: 'debug',
    })
    const port = await running.listening()
    const post = (form: Record<string, string>) =>
      fetch(`http://127.0.0.1:${port}/hub`, { method: 'POST', body: new URLSearchParams(form) })
    const topic = site.url('/feed?key=marked-7c1d')
    await post({ 'hub.mode': 'subscribe', 'hub.topic': topic, 'hub.callback': subscriber.url('/cb') })
    while (subscriber.deliveries().length === 0) {
      await post({ 'hub.mode': 'publish', 'hub.url': topic })
      await subscriber.waitFor(() => subscriber.deliveries().length > 0, { timeoutMs: 700 }).catch(() => [])
    }
    running.process.kill('SIGTERM')
    await running.ended()
    rmSync(folder, { recursive: true })
    const logs = running.logs()
    expect(logs).toContainEqual(
      expect.objectContaining({ level: 40, msg: expect.stringContaining('without a token') as string }),
    )
    expect(logs).toContainEqual(
      expect.objectContaining({ msg: 'page fetched', topic: site.url('/feed?…'), outcome: 'changed' }),
    )
    expect(running.output()).not.toContain('marked-7c1d')
  },
)
