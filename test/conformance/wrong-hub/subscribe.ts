/** The small hub asks callbacks what they meant (WebSub §5.3), or tells them no (§5.2). */
import { randomBytes } from 'node:crypto'
import { end, type HubState, pause, type Subscription } from './hub-state.ts'
import { send, type Sent } from './send.ts'

export interface Intent {
  mode: 'subscribe' | 'unsubscribe'
  topic: string
  callback: string
  secret?: string
  leaseSeconds: number
  verifyToken?: string
  /** Called when the callback is about to be asked. */
  onAsked?: () => void
}

const WAITS = [200, 400]

const isFor =
  (state: HubState, { topic, callback }: Intent) =>
  (subscription: Subscription): boolean =>
    subscription.callback === callback && (subscription.topic === topic || state.has('keyed-by-callback'))

/** @returns whether the callback agreed */
export async function settle(state: HubState, intent: Intent): Promise<boolean> {
  const known = state.subscriptions.find(isFor(state, intent))
  if (intent.mode === 'unsubscribe') {
    if (known === undefined) return true
    if (state.has('unsubscribes-unasked')) {
      end(state, isFor(state, intent))
      return true
    }
  } else {
    if (state.has('secret-at-once') && known !== undefined) setSecret(known, intent.secret)
    if (await isUnwanted(state, intent)) return false
  }
  const asked = Date.now()
  const verifying = () => verify(state, intent)
  const agreed = await (state.has('asks-all-at-once') ? verifying() : state.questions(verifying))
  if (agreed || (state.has('failure-changes-all') && known !== undefined)) apply(state, intent, asked)
  else if (state.has('failure-ends-all')) end(state, isFor(state, intent))
  return agreed
}

function apply(state: HubState, intent: Intent, asked: number): void {
  const { topic, callback, secret, leaseSeconds } = intent
  if (intent.mode === 'unsubscribe') {
    if (!state.has('keeps-unsubscribed')) end(state, isFor(state, intent))
    return
  }
  const endsAt = asked + leaseSeconds * 1000
  const known = state.subscriptions.find(isFor(state, intent))
  if (known === undefined || state.has('subscribes-twice')) {
    if (state.has('loses-some') && state.subscriptions.length >= 300) return
    state.subscriptions.push({ topic, callback, endsAt, ...(secret !== undefined && { secret }) })
    return
  }
  if (!state.has('never-prolongs')) known.endsAt = endsAt
  if (state.has('first-secret-stays')) return
  if (secret === undefined && state.has('secret-never-dropped')) return
  setSecret(known, secret)
}

function setSecret(subscription: Subscription, secret: string | undefined): void {
  if (secret === undefined) delete subscription.secret
  else subscription.secret = secret
}

async function verify(state: HubState, intent: Intent): Promise<boolean> {
  intent.onAsked?.()
  const first = challenge()
  for (const wait of [...WAITS, undefined]) {
    const expected = state.has('one-challenge')
      ? 'one-challenge-for-all-of-them'
      : wait === WAITS[0]
        ? first
        : challenge()
    const url = withParameters(state, intent.callback, questionOf(state, intent, expected))
    // One byte more than the challenge shows an answer that is too long.
    const asking = { method: 'GET', wanted: expected.length + (state.has('trims-challenge') ? 9 : 1) }
    let answer = await send(state, { ...asking, url })
    const location = answer?.headers.location
    if (state.has('follows-verification') && location !== undefined)
      answer = await send(state, { ...asking, url: location })
    if (answer !== undefined && answer.status < 500) return isYes(state, intent, answer, expected)
    if (wait !== undefined) await pause(wait)
  }
  return false
}

const challenge = (): string => randomBytes(24).toString('base64url')

function questionOf(state: HubState, intent: Intent, expected: string): [string, string][] {
  return [
    ['hub.mode', intent.mode],
    ['hub.topic', intent.topic],
    ['hub.challenge', expected],
    ...(intent.mode === 'subscribe' && !state.has('no-lease-told')
      ? ([['hub.lease_seconds', String(intent.leaseSeconds)]] as [string, string][])
      : []),
    ...(intent.verifyToken !== undefined && !state.has('no-verify-token')
      ? ([['hub.verify_token', intent.verifyToken]] as [string, string][])
      : []),
  ]
}

function isYes(
  state: HubState,
  { mode }: Intent,
  { status, body, tooLong }: Sent,
  expected: string,
): boolean {
  if (state.has('any-answer-unsubscribes') && mode === 'unsubscribe') return true
  if (!state.has('any-status-confirms') && (status < 200 || status > 299)) return false
  if (state.has('only-200-confirms') && status !== 200) return false
  const text = body.toString()
  return state.has('trims-challenge') ? text.trim() === expected : text === expected && !tooLong
}

/** This hub takes no subscriptions to pages that are gone. */
async function isUnwanted(state: HubState, { topic, callback, leaseSeconds }: Intent): Promise<boolean> {
  const page = await send(state, { method: 'HEAD', url: topic, wanted: 0 })
  if (page?.status !== 404 && page?.status !== 410) return false
  if (state.has('delivers-though-denied'))
    state.subscriptions.push({ topic, callback, endsAt: Date.now() + leaseSeconds * 1000 })
  const url = withParameters(state, callback, [
    ['hub.mode', 'denied'],
    ['hub.topic', state.has('denies-another-topic') ? `${topic}/` : topic],
    ...(state.has('denies-without-reason')
      ? []
      : ([['hub.reason', 'the page is gone']] as [string, string][])),
  ])
  await send(state, { method: 'GET', url, wanted: 0 })
  return true
}

function withParameters(state: HubState, callback: string, parameters: [string, string][]): string {
  if (state.has('parses-callback')) {
    const url = new URL(callback)
    for (const [name, value] of parameters) url.searchParams.set(name, value)
    return url.href
  }
  const encode = (name: string, value: string) =>
    state.has('topic-unencoded') && name === 'hub.topic' ? value : encodeURIComponent(value)
  const query = parameters.map(([name, value]) => `${name}=${encode(name, value)}`).join('&')
  return `${callback}${callback.includes('?') ? '&' : '?'}${query}`
}
