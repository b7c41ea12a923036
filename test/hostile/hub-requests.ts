/** What subscribers and publishers of topics ask of `/hub`, in forms and queries that are almost good. */
import fc from 'fast-check'
import { LOGINS, PREFIX, SESSIONS } from '../support/wso2.ts'
import { string } from './mutated-json.ts'
import { bearer, encode, type Header, type Request, targetSafe, type World } from './request.ts'

export function hubRequests({ hub, token, callback }: World): fc.Arbitrary<Request> {
  const names = [
    ...['hub.mode', 'hub.topic', 'hub.callback', 'hub.secret', 'hub.lease_seconds', 'hub.verify', 'hub.url'],
    ...['hub.verify_token', 'hub.challenge', 'hub.url[]', 'access_token', 'x'],
  ]
  const good: Record<string, string[]> = {
    'hub.mode': ['subscribe', 'unsubscribe', 'publish', 'register', 'deregister'],
    'hub.topic': [`${hub}/topics/acme`, `${hub}/topics/acme/login/failed`, SESSIONS, LOGINS, `${PREFIX}new`],
    'hub.callback': [callback, `${callback}?a=%20&b=+`],
    'hub.secret': ['s', 's'.repeat(199)],
    'hub.lease_seconds': ['60', '864000'],
    access_token: [token],
  }
  const pair = fc
    .constantFrom(...names)
    .chain((name) => {
      const value = good[name] ?? []
      return fc.tuple(
        fc.constant(name),
        value.length > 0 ? fc.oneof({ arbitrary: fc.constantFrom(...value), weight: 5 }, string) : string,
      )
    })
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
  const whole = ['hub.mode', 'hub.topic', 'hub.callback'].map((name) =>
    fc.constantFrom(...(good[name] ?? [])).map((value) => `${name}=${encode(value)}`),
  )
  const pairs = fc
    .tuple(fc.tuple(...whole), fc.array(pair, { maxLength: 5 }))
    .map(([some, more]) => [...some, ...more])
  const form = fc
    .oneof({ arbitrary: pairs, weight: 4 }, fc.array(pair), fc.array(string))
    .map((all) => all.join('&'))
  const type = fc.constantFrom(
    ...['application/x-www-form-urlencoded', 'application/x-www-form-urlencoded; charset=UTF-8'],
    ...['application/x-www-form-urlencoded; charset=latin1', 'application/json', 'text/plain', '', ';'],
    'multipart/form-data; boundary=x',
  )
  const none: Header = ['X-None', 'x']
  const auth = fc.constantFrom(bearer(token), bearer('wrong'), bearer(token), none)
  return fc.tuple(form, fc.boolean(), type, auth).map(([all, inQuery, contentType, proof]) => ({
    method: 'POST',
    target: inQuery ? `/hub?${targetSafe(all).slice(0, 8_000)}` : '/hub',
    headers: [['Content-Type', contentType], proof],
    body: Buffer.from(inQuery ? '' : all),
  }))
}
