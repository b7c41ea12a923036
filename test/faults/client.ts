/** What an operator, a publisher and a subscriber say to the program. */
import { CASDOOR_SECRET, type Published } from '../support/acme.ts'
import { PREFIX, SESSIONS } from '../support/wso2.ts'
import { ADMIN_TOKEN, type Program, PUBLIC_URL } from './program.ts'

export const topic = (path = ''): string => `${PUBLIC_URL}/topics/acme${path}`

/** @returns the answer's body; none for one that has none */
export async function admin<T>(
  program: Program,
  path: string,
  body?: object,
  method = body === undefined ? 'GET' : 'POST',
): Promise<T> {
  const answer = await fetch(`${program.address()}/admin/v1${path}`, {
    method,
    headers: { Authorization: `Bearer ${ADMIN_TOKEN}`, 'Content-Type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`)
  return (text === '' ? undefined : JSON.parse(text)) as T
}

/** A tenant with a source of each kind that tests use. @returns its subscriber's token */
export async function populate(program: Program): Promise<string> {
  const source = { tenant: 'acme', auth: { method: 'bearer', secret: CASDOOR_SECRET } }
  await admin(program, '/tenants', { id: 'acme' })
  await admin(program, '/sources', {
    ...source,
    id: 'casdoor',
    provider: 'casdoor',
    issuer: 'https://door.acme.example',
  })
  await admin(program, '/sources', {
    ...source,
    id: 'portal',
    provider: 'json',
    issuer: 'https://portal.acme.example',
  })
  await admin(program, '/sources', {
    id: 'wso2',
    tenant: 'acme',
    provider: 'asgardeo',
    issuer: 'https://api.asgardeo.io/t/myorg',
    auth: { method: 'network', allow_from: ['127.0.0.0/8', '::1'] },
    topic_prefix: PREFIX,
  })
  const registering = `hub.mode=register&hub.topic=${SESSIONS}`
  await fetch(`${program.address()}/hub?${registering}`, { method: 'POST' })
  const subscriber = { id: 'siem', tenant: 'acme', topics: ['*'] }
  const { token } = await admin<{ token: string }>(program, '/subscribers', subscriber)
  return token
}

/** Events in the hub's own form, in one request: one commit, one answer. */
export async function publish(
  program: Program,
  ids: readonly string[],
  event = 'login/succeeded',
): Promise<{ status: number; answer: Published }> {
  const sub_id = { format: 'iss_sub', iss: 'https://portal.acme.example', sub: 'u1' }
  const answer = await fetch(`${program.address()}/in/portal`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${CASDOOR_SECRET}` },
    body: JSON.stringify(ids.map((id) => ({ id, event, sub_id }))),
  })
  return { status: answer.status, answer: (await answer.json()) as Published }
}

/** Whether the hub answered 202; a request that a kill cuts off is none. */
export async function subscribed(
  program: Program,
  token: string,
  callback: string,
  to: string,
  mode = 'subscribe',
): Promise<boolean> {
  try {
    const answer = await fetch(`${program.address()}/hub`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}` },
      body: new URLSearchParams({ 'hub.mode': mode, 'hub.topic': to, 'hub.callback': callback }),
    })
    return answer.status === 202
  } catch {
    return false
  }
}

interface Subscription {
  id: string
  callback: string
  state: string
}

export async function subscriptions(program: Program): Promise<Subscription[]> {
  const all: Subscription[] = []
  let after: string | null = ''
  while (after !== null) {
    const page: { items: Subscription[]; next: string | null } = await admin(
      program,
      `/subscriptions?limit=500${after === '' ? '' : `&cursor=${after}`}`,
    )
    all.push(...page.items)
    after = page.next
  }
  return all
}

export async function activeCallbacks(program: Program): Promise<Set<string>> {
  const active = (await subscriptions(program)).filter(({ state }) => state === 'active')
  return new Set(active.map(({ callback }) => callback))
}
