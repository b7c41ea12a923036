/** Casdoor's webhooks: records of its audit log, proved by nothing but a static header. */
import { overviewReading } from './casdoor-overview.ts'
import { readingsOf } from './casdoor-reading.ts'
import { readRecord } from './casdoor-record.ts'
import { proves } from './credentials.ts'
import { parseObject, requiredText, seconds, secondsIn, text } from './json-object.ts'
import { nativeEvent } from './native-event.ts'
import type { Provider } from './provider.ts'

export const casdoor: Provider = {
  name: 'casdoor',
  authMethods: ['bearer', 'basic', 'header'],
  authenticate: proves,

  read({ body }) {
    const payload = parseObject(body)
    const overview = Object.hasOwn(payload, 'event')
    const name = requiredText(payload, overview ? 'event' : 'action')
    const occurredAt = overview ? secondsIn(payload, 'timestamp') : seconds(text(payload, 'createdTime'))
    const key = recordKey(name, text(payload, 'name'))
    const readings = overview ? [overviewReading(payload)] : readingsOf(readRecord(name, payload))
    return [nativeEvent(body, { name, key, occurredAt, readings })]
  },
}

/** A sign-up and the `new-user` that follows are two events of one record name. */
function recordKey(action: string, record: string | undefined): string | undefined {
  return record === undefined ? undefined : `${record} ${action}`
}
