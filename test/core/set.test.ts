import { expect, it } from 'vitest'
import type { CatalogueEvent, EventDraft } from '../../src/core/event.ts'
import { claimsText, setClaims } from '../../src/core/set.ts'

const draft: EventDraft = {
  event: { uri: 'urn:signet:event:login:failed' } as CatalogueEvent,
  subId: { format: 'iss_sub', iss: 'https://door.example', sub: 'u1' },
  occurredAt: 1_699_999_990,
  claims: { authentication: { result: 'failed' } },
}
const envelope = {
  iss: 'https://hub.example',
  jti: 'jti',
  txn: 'txn',
  aud: ['https://hub.example/topics/acme/login', 'https://hub.example/topics/acme'],
  now: 1_700_000_000_999,
}

it('has these claims and no others: never exp, never sub', () => {
  expect(setClaims(draft, envelope)).toEqual({
    iss: 'https://hub.example',
    iat: 1_700_000_000,
    jti: 'jti',
    aud: ['https://hub.example/topics/acme/login', 'https://hub.example/topics/acme'],
    txn: 'txn',
    toe: 1_699_999_990,
    sub_id: { format: 'iss_sub', iss: 'https://door.example', sub: 'u1' },
    events: { 'urn:signet:event:login:failed': { authentication: { result: 'failed' } } },
  })
})

it('has no toe when the provider did not tell', () => {
  const { event, subId, claims } = draft
  expect(setClaims({ event, subId, claims }, envelope)).not.toHaveProperty('toe')
  expect(setClaims({ ...draft, occurredAt: 0 }, envelope)).toHaveProperty('toe', 0)
})

it('its claims are taken from the token as they were written, to the byte', () => {
  const written = '{"iss":"https://hub.example", "name":"Zoë 🙂"}'
  const token = `eyJhbGciOiJFUzI1NiJ9.${Buffer.from(written).toString('base64url')}.c2lnbmF0dXJl`
  expect(claimsText(token)).toBe(written)
})
