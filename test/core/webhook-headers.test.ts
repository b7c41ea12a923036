import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkWebhookHeaders } from '../../src/core/webhook-headers.ts'

describe('headers of a webhook', () => {
  it.each(['X-Api-Key', 'Authorization', 'Cookie', 'X-Tenant', 'traceparent', '!odd~'])(
    'may be %s',
    (name) => {
      expect(checkWebhookHeaders({ [name]: 'a value of 1' })).toBeUndefined()
    },
  )

  it.each([
    ...[
      'Content-Type',
      'content-length',
      'CONTENT-ENCODING',
      'Content-Digest',
      'Host',
      'Connection',
      'keep-alive',
    ],
    ...[
      'TE',
      'Trailer',
      'Transfer-Encoding',
      'Upgrade',
      'Expect',
      'Accept',
      'Accept-Encoding',
      'Link',
      'Via',
    ],
    ...[
      'X-Hub-Signature',
      'x-hub-signature-256',
      'User-Agent',
      'Proxy-Authorization',
      'Proxy-Connection',
      'Date',
    ],
  ])('may not be %s, which is owned', (name) => {
    expect(checkWebhookHeaders({ 'X-Fine': '1', [name]: 'x' })).toMatch(name.toLowerCase())
  })

  it.each(['', 'a b', 'a:b', 'a\r\nX-Evil', 'é', 'a'.repeat(101), 'x\0'])('may not be named %j', (name) => {
    expect(checkWebhookHeaders({ [name]: 'x' })).toMatch(/a name that no header can have/)
  })

  it.each(['', ' x', 'x ', 'a\r\nX-Evil: 1', 'a\nb', 'a\0', 'é', '\t', 'x'.repeat(4097)])(
    'may not have the value %j, and it is not repeated',
    (value) => {
      const fault = checkWebhookHeaders({ 'X-Key': value })
      expect(fault).toMatch(/a value of X-Key that cannot be sent/)
    },
  )

  it('may have values of 1 to 4096 characters', () => {
    expect(checkWebhookHeaders({ 'X-Key': 'x' })).toBeUndefined()
    expect(checkWebhookHeaders({ 'X-Key': 'x'.repeat(4096) })).toBeUndefined()
  })

  it('are told apart without their case', () => {
    expect(checkWebhookHeaders({ 'X-Key': '1', 'x-key': '2' })).toMatch(/x-key twice/)
  })

  it('are at most 20', () => {
    const headers = (n: number) => Object.fromEntries(Array.from({ length: n }, (_, i) => [`X-${i}`, '1']))
    expect(checkWebhookHeaders(headers(20))).toBeUndefined()
    expect(checkWebhookHeaders(headers(21))).toMatch(/more than 20/)
  })

  it('never hold what could begin another line, wherever it stands', () => {
    const plain = fc.stringMatching(/^[a-z0-9-]*$/)
    const breaking = fc.constantFrom('\r', '\n', '\r\n', '\0', '\u2028', '\u010a', '\x7f')
    fc.assert(
      fc.property(plain, breaking, plain, (before, control, after) => {
        const text = before + control + after
        expect(checkWebhookHeaders({ 'X-Key': text })).toBeDefined()
        expect(checkWebhookHeaders({ [text]: 'x' })).toBeDefined()
      }),
    )
  })
})
