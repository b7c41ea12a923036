/** The form of a subscription request (WebSub §5.1), judged before anything is looked up or stored. */
import { checkCallback } from './callback.ts'
import type { AllowList } from './address.ts'
import { Refusal } from './errors.ts'
import type { IntentMode } from './verification.ts'

export interface SubscribeRequest {
  mode: IntentMode
  callback: string
  topic: string
  secret?: string
  /** Asked for, in seconds. */
  leaseSeconds?: number
  verifyToken?: string
}

/** WebSub §5.1: `hub.secret` is less than 200 bytes long. */
export const MAX_SECRET_BYTES = 199
const MAX_TOPIC_CHARS = 2048
const MAX_VERIFY_TOKEN_CHARS = 1024

/** Parameters that may stand once; what is not named here is ignored. */
const SINGLE = [
  'hub.callback',
  'hub.topic',
  'hub.mode',
  'hub.secret',
  'hub.lease_seconds',
  'hub.verify_token',
  'access_token',
]

/**
 * @param allowFor what may be called although it is private or in the clear, for a topic
 * @param hub the hub's public base URL: no callback is below it
 * @throws Refusal `malformed`, with the sentence for the subscriber
 */
export function readSubscribeRequest(
  parameters: URLSearchParams,
  allowFor: (topic: string) => AllowList,
  hub?: string,
): SubscribeRequest {
  refuseRepeated(parameters, SINGLE)
  const mode = parameters.get('hub.mode')
  if (mode !== 'subscribe' && mode !== 'unsubscribe') {
    throw new Refusal('malformed', 'hub.mode is neither subscribe nor unsubscribe.')
  }
  const callback = required(parameters, 'hub.callback')
  const topic = required(parameters, 'hub.topic')
  if (topic.length > MAX_TOPIC_CHARS)
    throw new Refusal('malformed', `hub.topic is longer than ${MAX_TOPIC_CHARS} characters.`)
  const fault = checkCallback(callback, allowFor(topic), hub)
  if (fault !== undefined) throw new Refusal('malformed', `hub.callback ${fault}`)
  const verifyToken = parameters.get('hub.verify_token')
  if (verifyToken !== null && verifyToken.length > MAX_VERIFY_TOKEN_CHARS) {
    throw new Refusal('malformed', `hub.verify_token is longer than ${MAX_VERIFY_TOKEN_CHARS} characters.`)
  }
  return {
    mode,
    callback,
    topic,
    ...(verifyToken !== null && { verifyToken }),
    ...(mode === 'subscribe' && { ...secretOf(parameters), ...leaseOf(parameters) }),
  }
}

/** @throws Refusal `malformed` when one of these parameters, which may stand once, stands again */
export function refuseRepeated(parameters: URLSearchParams, names: readonly string[]): void {
  const repeated = names.find((name) => parameters.getAll(name).length > 1)
  if (repeated !== undefined)
    throw new Refusal('malformed', `${repeated} is given more than once; give it once.`)
}

function required(parameters: URLSearchParams, name: string): string {
  const value = parameters.get(name)
  if (!value) throw new Refusal('malformed', `${name} is missing; add it to the form.`)
  return value
}

function secretOf(parameters: URLSearchParams): { secret?: string } {
  const secret = parameters.get('hub.secret')
  // An empty secret would key an HMAC that anyone can compute: it counts as none.
  if (!secret) return {}
  if (Buffer.byteLength(secret) > MAX_SECRET_BYTES) {
    throw new Refusal('malformed', 'hub.secret is 200 bytes or longer; give one of at most 199 bytes.')
  }
  return { secret }
}

function leaseOf(parameters: URLSearchParams): { leaseSeconds?: number } {
  const lease = parameters.get('hub.lease_seconds')
  if (lease === null) return {}
  // Too many digits for a number are a long lease, and clamped like any other.
  if (!/^\d+$/.test(lease) || Number(lease) === 0) {
    throw new Refusal('malformed', 'hub.lease_seconds is not a positive whole number of seconds.')
  }
  return { leaseSeconds: Number(lease) }
}
