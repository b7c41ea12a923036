/** What operators ask of the admin API, with something hostile in its bodies and its queries. */
import fc from 'fast-check'
import { ADMIN_TOKEN } from '../support/hub.ts'
import { AUDIENCE, PUBLISHER } from '../support/publisher.ts'
import { type Json, mutated, string, text } from './mutated-json.ts'
import { bearer, encode, JSON_TYPE, type Request, type World } from './request.ts'

export function adminRequests({ callback, jwksUrl }: World): fc.Arbitrary<Request> {
  const bodies: [path: string, valid: Json][] = [
    ['/tenants', { id: 'zoo', subscribe: 'open', confirm_public: true }],
    [
      '/sources',
      {
        id: 's1',
        tenant: 'acme',
        provider: 'casdoor',
        issuer: 'https://idp.example',
        auth: { method: 'bearer', secret: 'x' },
        disclose: ['email'],
      },
    ],
    [
      '/sources',
      {
        id: 's2',
        tenant: 'acme',
        provider: 'set',
        issuer: PUBLISHER,
        auth: { method: 'jwt', issuer: PUBLISHER, jwks_url: jwksUrl, audience: AUDIENCE },
      },
    ],
    [
      '/sources',
      {
        id: 's3',
        tenant: 'acme',
        provider: 'asgardeo',
        issuer: 'https://idp.example',
        topic_prefix: 'other.',
        auth: { method: 'network', allow_from: ['10.0.0.0/8'] },
      },
    ],
    ['/subscribers', { id: 'crm', tenant: 'acme', topics: ['session', 'login/failed', '*'] }],
    [
      '/webhooks',
      {
        tenant: 'acme',
        name: 'CRM',
        description: 'd',
        url: callback,
        headers: { 'X-Api-Key': 'k' },
        topics: ['user'],
        secret: 's',
        format: 'json',
      },
    ],
    ['/sources/own', { disclose: ['email'], max_age: 60, publish_unmapped: true }],
    ['/subscribers/nobody', { topics: ['*'] }],
    ['/webhooks/nobody', { paused: true }],
    ['/sources/nobody/rotate', { overlap_seconds: 1 }],
    ['/webhooks/nobody/test', {}],
    ['/admins', { id: 'ops', scopes: ['read', 'write', 'keys'], expires_in_seconds: 60 }],
    ['/keys/nobody/revoke', {}],
    ['/subjects/erase', { tenant: 'acme', sub_id: { format: 'opaque', id: 'nobody' } }],
  ]
  const written = fc.constantFrom(...bodies).chain(([path, valid]) =>
    fc
      .tuple(text(mutated(valid)), fc.constantFrom('POST', 'PATCH', 'PUT', 'DELETE'))
      .map(([body, method]) => ({
        // What is there is needed by the others.
        method: path === '/sources/own' && method === 'DELETE' ? 'PATCH' : method,
        target: `/admin/v1${path}`,
        headers: [JSON_TYPE, bearer(ADMIN_TOKEN)],
        body,
      })),
  )
  const lists = [
    'tenants',
    'sources',
    'subscribers',
    'webhooks',
    'subscriptions',
    'events',
    'deliveries',
    'admins',
  ]
  const read = fc
    .tuple(
      fc.constantFrom(...lists),
      string,
      fc.constantFrom('limit', 'cursor', 'tenant', 'x'),
      string,
      fc.boolean(),
    )
    .map(([list, id, name, value, one]) => ({
      method: 'GET',
      target: `/admin/v1/${list}${one ? `/${encode(id)}` : `?${name}=${encode(value)}`}`,
      headers: [bearer(ADMIN_TOKEN)],
      body: Buffer.alloc(0),
    }))
  return fc.oneof({ arbitrary: written, weight: 3 }, read)
}
