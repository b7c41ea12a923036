/** Casdoor's webhooks: records of its audit log, proved by nothing but a static header. */
import { createHash } from 'node:crypto'
import { Refusal } from '../core/errors.ts'
import { LAST_SECOND, type NativeEvent } from '../core/reading.ts'
import { overviewReading } from './casdoor-overview.ts'
import { readingsOf } from './casdoor-reading.ts'
import { readRecord } from './casdoor-record.ts'
import { proves } from './credentials.ts'
import { parseObject, requiredText, seconds, text, type JsonObject } from './json-object.ts'
import type { Provider } from './provider.ts'

export const casdoor: Provider = {
  name: 'casdoor',
  authMethods: ['bearer', 'basic', 'header'],
  authenticate: proves,

  read({ body }) {
    const payload = parseObject(body)
    const overview = Object.hasOwn(payload, 'event')
    const name = requiredText(payload, overview ? 'event' : 'action')
    const occurredAt = overview ? timestamp(payload) : seconds(text(payload, 'createdTime'))
    const native: NativeEvent = {
      name,
      key: recordKey(name, text(payload, 'name')) ?? createHash('sha256').update(body).digest('hex'),
      ...(occurredAt !== undefined && { occurredAt }),
      readings: overview ? [overviewReading(payload)] : readingsOf(readRecord(name, payload)),
    }
    return [native]
  },
}

/** A sign-up and the `new-user` that follows are two events of one record name. */
function recordKey(action: string, record: string | undefined): string | undefined {
  return record === undefined ? undefined : `${record} ${action}`
}

/** Seconds since 1970, in the overview form. */
function timestamp(payload: JsonObject): number | undefined {
  const time = payload.timestamp ?? undefined
  if (time === undefined) return undefined
  if (typeof time === 'number' && time >= 0 && time <= LAST_SECOND) return Math.floor(time)
  throw new Refusal('malformed', 'The field timestamp is not a number of seconds.')
}
