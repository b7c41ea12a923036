/**
 * Logto's webhooks: interaction hooks (a user at the sign-in experience), data hooks (something changed) and
 * exception hooks (something was held back). No event id, so a repeat is told by its bytes.
 */
import { signs } from './credentials.ts'
import { parseObject, requiredText, seconds, text, type JsonObject } from './json-object.ts'
import { readingsOf } from './logto-reading.ts'
import { nativeEvent } from './native-event.ts'
import type { Provider } from './provider.ts'

export const logto: Provider = {
  name: 'logto',
  authMethods: ['hmac'],

  authenticate({ headers, body }, auth) {
    return auth.method === 'hmac' && signs(headers['logto-signature-sha-256'], auth.secret, body)
  },

  read({ body }) {
    const payload = parseObject(body)
    const name = requiredText(payload, 'event')
    const occurredAt = seconds(text(payload, 'createdAt'))
    const readings = readingsOf(name, payload)
    return [nativeEvent(body, { name, occurredAt, test: isTest(payload) || undefined, readings })]
  },
}

/** The console's test button sends made-up data and does not say so otherwise. */
function isTest(payload: JsonObject): boolean {
  return payload.userId === 'fake-id' || payload.path === '/fake-path/:id'
}
