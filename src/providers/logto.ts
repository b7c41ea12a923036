/**
 * Logto's webhooks: interaction hooks (a user at the sign-in experience) and data hooks (something changed).
 * No event id, so a repeat is told by its bytes.
 */
import { createHash, createHmac } from 'node:crypto'
import { told, type NativeEvent, type Person, type Reading } from '../core/reading.ts'
import { sameBytes } from './credentials.ts'
import { flag, nested, parseObject, requiredText, seconds, text, type JsonObject } from './json-object.ts'
import type { Provider } from './provider.ts'

export const logto: Provider = {
  name: 'logto',
  authMethods: ['hmac'],

  authenticate({ headers, body }, auth) {
    if (auth.method !== 'hmac' || auth.secret === '') return false
    const signature = headers['logto-signature-sha-256']
    const expected = createHmac('sha256', auth.secret).update(body).digest('hex')
    return sameBytes(signature === undefined ? undefined : Buffer.from(signature, 'latin1'), expected)
  },

  read({ body }) {
    const payload = parseObject(body)
    const name = requiredText(payload, 'event')
    const occurredAt = seconds(text(payload, 'createdAt'))
    const native: NativeEvent = {
      name,
      key: createHash('sha256').update(body).digest('hex'),
      ...(occurredAt !== undefined && { occurredAt }),
      ...(isTest(payload) && { test: true }),
      readings: [reading(name, payload)],
    }
    return [native]
  },
}

/** The console's test button sends made-up data and does not say so otherwise. */
function isTest(payload: JsonObject): boolean {
  return payload.userId === 'fake-id' || payload.path === '/fake-path/:id'
}

function reading(name: string, payload: JsonObject): Reading {
  const application = nested(payload, 'application')
  return {
    facts: facts(name, payload),
    ...told<Omit<Reading, 'facts'>>({
      user: user(name, payload),
      client: told({ id: text(application, 'id'), name: text(application, 'name') }),
      request: told({
        ip: text(payload, 'userIp') ?? text(payload, 'ip'),
        user_agent: text(payload, 'userAgent'),
      }),
    }),
  }
}

function facts(name: string, payload: JsonObject): Reading['facts'] {
  const statesSuspension = name === 'User.SuspensionStatus.Updated'
  return {
    interaction: text(payload, 'interactionEvent') !== undefined,
    ...told<Reading['facts']>({
      route: text(payload, 'matchedRoute'),
      suspended: statesSuspension ? flag(nested(payload, 'data'), 'isSuspended') : undefined,
    }),
  }
}

function user(name: string, payload: JsonObject): Person | undefined {
  if (!name.startsWith('User.')) return person(nested(payload, 'user'), text(payload, 'userId'))
  return person(nested(payload, 'data'), text(nested(payload, 'params'), 'userId'))
}

/**
 * Some routes answer with a part of the user's data (custom data, a profile) that has names of its own: what
 * is not known to be the user themselves says nothing about them.
 */
function person(data: JsonObject | undefined, named: string | undefined): Person | undefined {
  if (named !== undefined && data?.id !== named) return { id: named }
  const id = text(data, 'id')
  if (id === undefined) return undefined
  return told<Person>({
    id,
    username: text(data, 'username'),
    email: text(data, 'primaryEmail'),
    phone: text(data, 'primaryPhone'),
    name: text(data, 'name'),
  })
}
