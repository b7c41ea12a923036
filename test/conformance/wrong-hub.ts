/** A small hub that does as WebSub says, and that can be told to do any one thing wrong: what the suite is tried on. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { distribute, pinged } from './wrong-hub/distribute.ts'
import type { Fault } from './wrong-hub/faults.ts'
import { type HubState, pause } from './wrong-hub/hub-state.ts'
import { startQueue } from './wrong-hub/queue.ts'
import { type Intent, settle } from './wrong-hub/subscribe.ts'

export interface SmallHub {
  url: string
  /** A topic page of the hub's own. */
  ownTopic: string
  close(): Promise<void>
}

const DEFAULT_LEASE = 864_000
const MAX_LEASE = 7_776_000
/** Of all callbacks: there is one host. */
const QUESTIONS_AT_ONCE = 100
const FORM = /^application\/x-www-form-urlencoded *(;|$)/i
/** Milliseconds: so much that no machine is too busy to show it. */
const LATE = 3000
const KNOWN = /^(hub\.(mode|topic|callback|secret|lease_seconds|verify|verify_token)|access_token)$/

export async function startWrongHub(...faults: Fault[]): Promise<SmallHub> {
  const server = createServer((request, response) => {
    serve(state, request, response).catch(() => response.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const state: HubState = {
    url: `${origin}/hub`,
    has: (fault) => faults.includes(fault),
    subscriptions: [],
    pages: new Map(),
    questions: startQueue(QUESTIONS_AT_ONCE),
  }
  return {
    url: state.url,
    ownTopic: `${origin}/own`,
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

/** A request that is refused: the status and one sentence. */
class Refusal extends Error {
  readonly status: number
  constructor(status: number, sentence: string) {
    super(sentence)
    this.status = status
  }
}

async function serve(state: HubState, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = '', url = '' } = request
  if (url === '/own') {
    ownTopic(state, method, response)
    return
  }
  if (method === 'GET' || (method === 'HEAD' && !state.has('no-head'))) {
    if (state.has('no-page')) return void response.writeHead(404).end()
    return void response.writeHead(200, { 'Content-Type': 'text/html' }).end('<title>A small hub</title>')
  }
  if (method === 'OPTIONS' && state.has('options-200')) return void response.writeHead(200).end()
  if (method !== 'POST') {
    return void response.writeHead(405, state.has('no-allow') ? {} : { Allow: 'GET, HEAD, POST' }).end()
  }
  try {
    await post(state, request, response)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    const body = state.has('refuses-silently') ? '' : `${error.message}\n`
    response.writeHead(error.status, { 'Content-Type': 'text/plain' }).end(body)
  }
}

function ownTopic(state: HubState, method: string, response: ServerResponse): void {
  const links = `<${state.url}>; rel="hub", <${state.url.replace(/hub$/, 'own')}>; rel="self"`
  response
    .writeHead(200, { ...(!(method === 'HEAD' && state.has('head-without-links')) && { Link: links }) })
    .end('own\n')
}

async function post(state: HubState, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const body = Buffer.concat(chunks)
  if (state.has('refuses-everything')) throw new Refusal(403, 'You may not.')
  const type = request.headers['content-type'] ?? ''
  const isForm = state.has('type-to-the-letter')
    ? type === 'application/x-www-form-urlencoded'
    : FORM.test(type)
  const query = new URLSearchParams(request.url?.split('?')[1] ?? '')
  if (query.get('hub.mode') === 'publish' && !isForm) {
    const topic = query.get('hub.topic') ?? ''
    if (!state.has('swallows-content')) distribute(state, topic, { topic, type, body })
    return void response.writeHead(202, { 'Content-Type': 'text/plain' }).end('hub.mode=accepted')
  }
  if (!isForm && !state.has('any-type')) throw new Refusal(415, 'The body is not a form.')
  const form = new URLSearchParams(body.toString())
  const mode = form.get('hub.mode') ?? ''
  switch (mode) {
    case 'publish':
      ping(state, form)
      return void response.writeHead(state.has('ping-202') ? 202 : 204).end()
    case 'subscribe':
    case 'unsubscribe':
      return subscribe(state, form, response)
    default:
      if (!state.has('any-mode') && !state.has('nothing-required'))
        throw new Refusal(400, 'hub.mode is none that this hub knows.')
      response.writeHead(202).end()
  }
}

function ping(state: HubState, form: URLSearchParams): void {
  const names = [
    ...(state.has('no-hub.url') ? [] : ['hub.url']),
    ...(state.has('no-hub.topic') ? [] : ['hub.topic']),
    ...(state.has('no-brackets') ? [] : ['hub.url[]', 'hub.topic[]']),
  ]
  const topics = names.flatMap((name) => form.getAll(name))
  if (topics.length === 0 && !state.has('pings-nothing')) throw new Refusal(400, 'There is no page to fetch.')
  for (const topic of state.has('one-page-a-ping') ? topics.slice(0, 1) : topics) void pinged(state, topic)
}

async function subscribe(state: HubState, form: URLSearchParams, response: ServerResponse): Promise<void> {
  if (state.has('nothing-required') && !(form.has('hub.callback') && form.has('hub.topic')))
    return void response.writeHead(202).end()
  const intent = intentOf(state, form)
  if (intent.mode === 'unsubscribe' && state.has('tells-who-subscribes')) {
    const known = state.subscriptions.some(({ callback }) => callback === intent.callback)
    if (!known) throw new Refusal(404, 'There is no such subscription.')
  }
  if (state.has('answers-after-verifying')) {
    return void response.writeHead((await settle(state, intent)) ? 202 : 409).end()
  }
  const answer = () =>
    response.writeHead(state.has('verify-sync') && form.get('hub.verify') === 'sync' ? 204 : 202).end()
  if (state.has('answers-late')) {
    await settle(state, { ...intent, onAsked: () => void pause(LATE).then(answer) })
    return
  }
  answer()
  await settle(state, intent)
}

function intentOf(state: HubState, form: URLSearchParams): Intent {
  const read = (name: string): string | undefined => {
    const value = form.get(name)
    if (value === null || value === '') return undefined
    return state.has('decodes-twice') ? decodeURIComponent(value) : value
  }
  if (state.has('refuses-unknown-parameters') && ![...form.keys()].every((name) => KNOWN.test(name)))
    throw new Refusal(400, 'There is a parameter that this hub does not know.')
  const [topic, callback, verifyToken] = [read('hub.topic'), read('hub.callback'), read('hub.verify_token')]
  if (topic === undefined || callback === undefined)
    throw new Refusal(400, 'hub.topic or hub.callback is missing.')
  if (!state.has('any-callback') && (!/^https?:\/\/[^/?#]/.test(callback) || callback.includes('#')))
    throw new Refusal(400, 'hub.callback is no absolute URL without a fragment.')
  if (state.has('needs-a-path') && !/^http:\/\/[^/?]+\/./.test(callback))
    throw new Refusal(400, 'hub.callback has no path.')
  const mode = form.get('hub.mode') === 'subscribe' ? 'subscribe' : 'unsubscribe'
  const secret = secretOf(state, read('hub.secret'))
  return {
    mode,
    topic,
    callback,
    leaseSeconds:
      mode === 'unsubscribe' && !state.has('lease-on-unsubscribe')
        ? 0
        : leaseOf(state, read('hub.lease_seconds')),
    ...(secret !== undefined && { secret }),
    ...(verifyToken !== undefined && { verifyToken }),
  }
}

function secretOf(state: HubState, secret: string | undefined): string | undefined {
  if (secret === undefined || state.has('any-secret')) return secret
  const length = state.has('secrets-in-characters') ? secret.length : Buffer.byteLength(secret)
  if (length >= (state.has('short-secrets') ? 100 : 200)) throw new Refusal(400, 'hub.secret is too long.')
  return secret
}

function leaseOf(state: HubState, lease: string | undefined): number {
  if (lease === undefined) return DEFAULT_LEASE
  const seconds = /^\d+$/.test(lease) ? Number(lease) : 0
  if (seconds === 0) {
    if (state.has('any-lease')) return DEFAULT_LEASE
    throw new Refusal(400, 'hub.lease_seconds is no positive number.')
  }
  if (seconds > MAX_LEASE && state.has('no-long-lease'))
    throw new Refusal(400, 'hub.lease_seconds is too long.')
  return state.has('grants-anything') ? seconds : Math.min(seconds, MAX_LEASE)
}
