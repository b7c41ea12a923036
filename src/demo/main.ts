/** `npm run demo`: a hub, four identity providers and a subscriber, each step in plain words. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { inspect } from 'node:util'
import got from 'got'
import { toConfig } from '../config.ts'
import { startHub } from '../hub.ts'
import { createLog } from '../log.ts'
import * as payloads from './payloads.ts'
import { fromCasdoor, fromFerriskey, fromLogto, fromWso2, secret, type Sent, sources } from './publishers.ts'
import { startSubscriber } from './subscriber.ts'

const say = (line: string): void => console.log(line)

const folder = await mkdtemp(join(tmpdir(), 'signet-demo-'))
const adminToken = secret()
const { config } = toConfig({
  SIGNET_PORT: '0',
  SIGNET_STORE: `sqlite:${join(folder, 'signet.db')}`,
  SIGNET_ADMIN_TOKEN: adminToken,
  SIGNET_LOG_LEVEL: 'silent',
  // The demo's subscriber lives on this machine; without this the hub would not call it.
  SIGNET_OUTBOUND_ALLOW: '127.0.0.0/8',
})
const hub = await startHub(config, createLog(config.logLevel))
say(`Signet takes in what identity providers tell, each in its own format, and hands it to subscribers as
signed Security Event Tokens of one form. Here is one trip, from nothing to tokens.

1. A hub starts on ${hub.url}, with a store of its own.`)

const client = got.extend({ prefixUrl: hub.url, retry: { limit: 0 }, throwHttpErrors: false })
const admin = client.extend({ throwHttpErrors: true, headers: { authorization: `Bearer ${adminToken}` } })
const topic = `${hub.url}/topics/acme`
const hubSecret = secret()
const subscriber = await startSubscriber(hub.url, topic, hubSecret)
try {
  const token = await setUp()
  say(`
2. The operator makes a tenant, acme; four sources, for its Casdoor, Logto, FerrisKey and WSO2 Identity Server; and
   a subscriber, siem, that may read everything.`)

  await subscribe(token)

  await publish(
    '4. Casdoor tells of a login that succeeded. That means two events',
    fromCasdoor(payloads.casdoorLoginSucceeded()),
    2,
  )
  await publish('5. Casdoor tells of a login that failed', fromCasdoor(payloads.casdoorLoginFailed()), 1)
  await publish(
    '6. Logto tells of a sign-in, and signs it. The tokens have the same form',
    fromLogto(payloads.logtoSignIn()),
    2,
  )
  const suspension = payloads.logtoSuspension()
  await publish('7. Logto tells that an account was suspended', fromLogto(suspension), 1)
  await publish(
    '8. FerrisKey tells that somebody registered: an account, and its registration',
    fromFerriskey(payloads.ferriskeyUserCreated()),
    2,
  )
  await publish(
    '9. WSO2 Identity Server tells that a session was revoked, in the protocol of its own hub',
    fromWso2(payloads.wso2SessionRevoked()),
    1,
  )

  const { path, ...forged } = fromLogto(suspension, 'guessed')
  const refused = await client.post(path, forged)
  say(`
10. Somebody sends Logto's message with a signature of their own: ${refused.statusCode}, and nobody hears of it.
    ${refused.body.trim()}`)
} finally {
  await hub.close()
  await subscriber.close()
  await rm(folder, { recursive: true })
}
say(`
11. The hub is stopped and its store removed. To run one that stays: npm start`)

/** @returns the subscriber's token */
async function setUp(): Promise<string> {
  const make = (kind: string, json: object) =>
    admin.post(`admin/v1/${kind}`, { json }).json<{ token?: string }>()
  await make('tenants', { id: 'acme' })
  for (const source of sources) await make('sources', { ...source, tenant: 'acme' })
  const { token = '' } = await make('subscribers', { id: 'siem', tenant: 'acme', topics: ['*'] })
  return token
}

async function subscribe(token: string): Promise<void> {
  const asked = subscriber.asked()
  const answer = await client.post('hub', {
    headers: { authorization: `Bearer ${token}` },
    form: {
      'hub.mode': 'subscribe',
      'hub.topic': topic,
      'hub.callback': subscriber.callback,
      'hub.secret': hubSecret,
    },
  })
  say(`
3. siem listens on ${subscriber.callback} and subscribes to
   ${topic}
   The hub answers ${answer.statusCode} ${answer.body} and asks the callback whether it meant it:`)
  const query = await asked
  say(`   a challenge of ${query.get('hub.challenge')?.length} characters, and a lease of ${query.get('hub.lease_seconds')} seconds.
   The callback repeats the challenge, and the subscription is active.`)
  // The hub reads the callback's answer a moment after the callback gave it.
  while (!(await isActive())) await delay(10)
}

async function isActive(): Promise<boolean> {
  const { items } = await admin.get('admin/v1/subscriptions').json<{ items: { state: string }[] }>()
  return items.some(({ state }) => state === 'active')
}

async function publish(story: string, { path, headers, body }: Sent, events: number): Promise<void> {
  const answer = await client.post(path, {
    body,
    headers: { ...headers, 'content-type': 'application/json' },
  })
  say(`\n${story}.\n   POST /${path}: ${answer.statusCode} ${answer.body}`)
  for (let received = 0; received < events; received += 1) {
    const payload = await subscriber.next()
    say('   siem receives a SET; its signature verifies against the hub’s published keys:')
    say(
      inspect(payload, { depth: null, colors: false, compact: 4, breakLength: 110 }).replace(/^/gm, '     '),
    )
  }
}
