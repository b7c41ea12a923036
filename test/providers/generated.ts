/** Payloads of a native event as nobody thought of them: fields of the right types, missing, empty and odd. */
import { casdoorObject, plausiblePayload, type Payload } from './plausible.ts'

/** A number from 0 up to 1 at each call. */
export type Fraction = () => number

/** What the hub goes by: without it this would be another event, or none. */
const KEPT = new Set(['event', 'action', 'response', 'events', 'requestUri', 'object', 'method'])

const ODD_TEXTS = [
  ...['', ' ', 'x', '0', 'Zoë Ōta', '木村', '😀', 'a/b', 'a b', '"quoted"', '<b>', '\\', '\u0000', '\u202e'],
  ...[
    'alice@acme.example',
    '@',
    '+49 151 12345',
    '-1',
    'null',
    'x'.repeat(5_000),
    'urn:x:y',
    '%00',
    '__proto__',
  ],
  ...['2026-08-22T16:53:36Z', '1970-01-01T00:00:00Z', '9999-12-31T23:59:59Z', 'yesterday'],
]

/** What Casdoor answers with; the mapping tells failures by their beginnings. */
const RESPONSES = [
  '{status:"ok", msg:""}',
  '{status:"ok", msg:"it worked"}',
  ...[
    ...[
      'no',
      'The user is forbidden to sign in, please contact the administrator',
      'Wrong verification code!',
    ],
    ...['You have entered the wrong password or code too many times, please wait', 'totp passcode is wrong'],
    ...['the user: acme/alice does not exist', 'Your password has expired', "User's tag: x is not listed"],
    ...[
      'The application does not allow to sign up new account',
      'Invitation code is wrong',
      'email already exists',
    ],
    ...['用户名或密码错误', '', '"} {status:"ok", msg:"', 'line\nbreak'],
  ].map((message) => `{status:"error", msg:"${message}"}`),
]

export function generatedPayload(provider: string, native: string, fraction: Fraction): Payload {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(fraction() * from.length)] as T
  const vary = (value: unknown): unknown => {
    if (typeof value === 'string') return fraction() < 0.3 ? pick(ODD_TEXTS) : value
    if (typeof value === 'boolean') return fraction() < 0.5
    if (typeof value === 'number') return pick([value, 0, 1, 1.5, 2 ** 31, 2 ** 52])
    if (Array.isArray(value)) return value.flatMap((item) => (fraction() < 0.3 ? [] : [vary(item)]))
    return isPayload(value) ? members(value) : value
  }
  const members = (object: Payload): Payload =>
    Object.fromEntries(
      Object.entries(object).flatMap(([name, value]) => {
        if (KEPT.has(name)) return [[name, value]]
        if (fraction() < 0.2) return []
        return [[name, fraction() < 0.1 ? null : vary(value)]]
      }),
    )
  const payload = members(plausiblePayload(provider, native))
  if (isPayload(payload.events)) payload.events = { [native]: vary(payload.events[native]) }
  if (isPayload(payload.data) && provider === 'ferriskey')
    payload.data = members({ ...FLAGS, ...payload.data })
  if (provider === 'logto')
    Object.assign(payload, fraction() < 0.3 ? { matchedRoute: '/users/:userId/password' } : {})
  return provider === 'casdoor' ? { ...payload, ...casdoorParts(native) } : payload

  function casdoorParts(action: string): Payload {
    const object = members({ ...casdoorObject(action), isForbidden: false, isDeleted: false })
    const texts = Object.entries(object).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    )
    return {
      response: fraction() < 0.6 ? RESPONSES[0] : pick(RESPONSES),
      requestUri: `/api/${action}?${pick(['', 'id=acme/alice', 'sessionId=s9', 'columns=email,is_forbidden', 'id=%ff'])}`,
      object: pick([
        JSON.stringify(object),
        JSON.stringify(object),
        new URLSearchParams(texts).toString(),
        texts
          .map(([name, text]) => `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${text}\r\n`)
          .join(''),
        '[]',
        '{"owner":',
        '',
      ]),
      extendedUser: pick([null, { name: 'alice', id: 'u1', email: 'alice@acme.example' }]),
    }
  }
}

/** What only some of FerrisKey's records have. */
const FLAGS = { enabled: true, credential_type: 'otp', realm: { name: 'acme' }, user_id: 'u1' }

function isPayload(value: unknown): value is Payload {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
