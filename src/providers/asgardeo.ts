/** Asgardeo and WSO2 Identity Server: bodies in the form of a SET (RFC 8417), unsigned, with times in milliseconds. */
import { isUtf8 } from 'node:buffer'
import { Refusal } from '../core/errors.ts'
import { readingsOf } from './asgardeo-reading.ts'
import { proves } from './credentials.ts'
import { isObject, MAX_NAME, nested, parseObject, secondsIn, text, type JsonObject } from './json-object.ts'
import { nativeEvent } from './native-event.ts'
import type { Provider } from './provider.ts'

export const asgardeo: Provider = {
  name: 'asgardeo',
  authMethods: ['network', 'bearer', 'basic', 'header'],
  authenticate: proves,

  read({ headers, body }) {
    const payload = parseObject(inUtf8(body, headers['content-type']))
    const [name, event] = onlyEvent(payload)
    const key = text(payload, 'jti')
    const txn = text(payload, 'rci')
    const occurredAt = secondsIn(payload, 'iat', 1000)
    return [nativeEvent(body, { name, key, txn, occurredAt, readings: readingsOf(event) })]
  },
}

/** Its HTTP client writes ISO-8859-1 where nobody told it otherwise, and does not always say so. */
function inUtf8(body: Buffer, contentType = ''): Buffer {
  const isLatin1 = /charset="?iso-8859-1/i.test(contentType) || !isUtf8(body)
  return isLatin1 ? Buffer.from(body.toString('latin1')) : body
}

function onlyEvent(payload: JsonObject): [uri: string, event: JsonObject] {
  const [only, ...others] = Object.entries(nested(payload, 'events') ?? {})
  if (only !== undefined && others.length === 0) {
    const [uri, event] = only
    if (uri !== '' && uri.length <= MAX_NAME && isObject(event)) return [uri, event]
  }
  throw new Refusal('malformed', 'The field events does not hold exactly one event, under a name of its own.')
}
