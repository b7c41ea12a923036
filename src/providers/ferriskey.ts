/** FerrisKey's webhooks: signed by newer builds, recognised by a static header from older ones. */
import { proves, signs } from './credentials.ts'
import { readingsOf } from './ferriskey-reading.ts'
import { parseObject, requiredText, seconds, text } from './json-object.ts'
import { nativeEvent } from './native-event.ts'
import type { NativeRequest, Provider } from './provider.ts'

/** How far the signed time may lie from the hub's own, in milliseconds: older is a replay. */
const TOLERANCE = 300_000

export const ferriskey: Provider = {
  name: 'ferriskey',
  authMethods: ['hmac', 'bearer', 'basic', 'header'],

  authenticate(request, auth) {
    if (auth.method !== 'hmac') return proves(request, auth)
    const { headers, body } = request
    const time = headers['x-ferriskey-timestamp'] ?? ''
    return signs(headers['x-ferriskey-signature'], auth.secret, `${time}.`, body) && isFresh(time, request)
  },

  read({ headers, body }) {
    const payload = parseObject(body)
    const name = requiredText(payload, 'event')
    const occurredAt = seconds(text(payload, 'timestamp'))
    // Stays the same when a delivery is tried again. An older build does not send it.
    const delivery = headers['x-ferriskey-delivery-id'] ?? ''
    const key = delivery === '' ? undefined : delivery
    return [nativeEvent(body, { name, key, occurredAt, readings: readingsOf(name, payload) })]
  },
}

function isFresh(time: string, { receivedAt }: NativeRequest): boolean {
  return /^\d{1,12}$/.test(time) && Math.abs(Number(time) * 1000 - receivedAt) <= TOLERANCE
}
