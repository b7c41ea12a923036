/** Payloads in which everything that is none of the hub's business bears a mark. */
import { plausiblePayload, type Payload } from './plausible.ts'

/** What nobody must ever find again. */
export const MARK = 'LEAK'

/** What is read; all that is read and personal is under the source's `disclose`. */
const READ: Record<string, string[]> = {
  casdoor: [
    ...[
      'owner',
      'name',
      'createdTime',
      'organization',
      'clientIp',
      'user',
      'action',
      'response',
      'requestUri',
    ],
    ...['id', 'email', 'phone', 'displayName', 'application', 'username', 'groupName', 'dest', 'type'],
    ...['checkUser', 'applicationId', 'client_id', 'sessionId', 'mfaType', 'method'],
  ],
  ferriskey: [
    ...[
      'event',
      'timestamp',
      'resource_id',
      'data',
      'id',
      'username',
      'email',
      'firstname',
      'lastname',
      'name',
    ],
    ...['client_id', 'user_id', 'created_at'],
  ],
  logto: [
    ...[
      'event',
      'createdAt',
      'userAgent',
      'ip',
      'interactionEvent',
      'userId',
      'id',
      'username',
      'primaryEmail',
    ],
    ...[
      'primaryPhone',
      'name',
      'type',
      'value',
      'recipient',
      'applicationId',
      'organizationId',
      'addedUserIds',
    ],
    ...['removedUserIds', 'matchedRoute'],
  ],
  asgardeo: [
    ...['jti', 'rci', 'initiatorType', 'initiatorIpAddress', 'id', 'uri', 'name', 'authenticationMethods'],
    ...['description', 'credentialType', 'action', 'claims'],
  ],
}

/** Every text that is not read, marked, and marks where there was nothing. */
function marked(value: unknown, read: readonly string[], key = ''): unknown {
  if (typeof value === 'string') return read.includes(key) ? value : `${MARK}-${key}`
  if (Array.isArray(value))
    return value.map((item) => marked(item, key === 'claims' ? [...read, 'value'] : read, key))
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).map(([name, member]) => [name, marked(member, read, name)])
  const secrets = [
    'password',
    'clientSecret',
    'device_code',
    'code',
    'token',
    'headers',
    'customData',
    `${MARK}-key`,
  ]
  return Object.fromEntries([...members, ...secrets.map((name) => [name, `${MARK}-${name}`])])
}

/** The native event with a mark in every field that is not read, and in fields for secrets everywhere. */
export function markedPayload(provider: string, native: string): Payload {
  const read = READ[provider] ?? []
  const { object, events, ...payload } = plausiblePayload(provider, native)
  return {
    ...(marked(payload, read) as Payload),
    ...(typeof object === 'string' && { object: JSON.stringify(marked(JSON.parse(object), read)) }),
    ...(provider === 'casdoor' && { extendedUser: marked({ name: 'alice', id: '42' }, read) }),
    // The provider's own name of the event is a member's name there, and the hub's one use of it.
    ...(events !== undefined && { events: { [native]: marked((events as Payload)[native], read) } }),
  }
}
