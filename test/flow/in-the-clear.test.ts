/** What may go over plain http to a public address: what is said of a page, and its content; a SET never. */
import { expect, it } from 'vitest'
import type { Sendable } from '../../src/core/delivery-ports.ts'
import type { OutboundRequest } from '../../src/core/ports.ts'
import { deliver, type DeliverParts } from '../../src/flow/deliver.ts'
import { deny } from '../../src/flow/deny.ts'
import type { IntentParts } from '../../src/flow/settle-intent.ts'
import { verify } from '../../src/flow/verify.ts'

const HUB = 'https://hub.example'
const PAGE = 'https://blog.example/feed'
const OWN = `${HUB}/topics/acme`
const NAMED = 'myorg.events'

/** The parts of the steps, whose every request is noted and not answered. */
function watched() {
  const sent: OutboundRequest[] = []
  const parts = {
    url: HUB,
    hubUrl: `${HUB}/hub`,
    outbound: {
      send: (request: OutboundRequest) => {
        sent.push(request)
        return Promise.resolve({ kind: 'fault', fault: 'connect', detail: '', ms: 0 })
      },
    },
    queue: { settle: () => Promise.resolve() },
    vault: { open: () => 'content' },
    clock: { now: () => 0 },
    random: { token: () => 'challenge', fraction: () => 0 },
    observer: { intentSettled: () => undefined, sending: () => undefined, attempted: () => undefined },
    settings: { timeoutMs: 1, retrySchedule: [], signatureAlg: 'sha256' },
  }
  return { sent, parts: parts as unknown as IntentParts & DeliverParts }
}

const callback = 'http://cb.example/'
const id = { id: '1', claim: '1' }

it.each([
  [PAGE, true],
  [OWN, false],
  [NAMED, false],
])('the questions and denials of %s: %s', async (topic, may) => {
  const { sent, parts } = watched()
  const intent = { ...id, topic, callback, attempts: 0 }
  await verify(parts, { ...intent, mode: 'subscribe', leaseSeconds: 1 })
  await deny(parts, { ...intent, mode: 'denied', reason: 'over' })
  expect(sent.map(({ inTheClear }) => inTheClear)).toEqual([may, may])
})

it.each([
  ['the content', PAGE, { sealed: 'x', jti: '1' }, true],
  ['the content', NAMED, { sealed: 'x', jti: '1' }, false],
  ['a SET', OWN, 'a.b.c', false],
  // As where the hub had another URL before.
  ['a SET', PAGE, 'a.b.c', false],
])('%s of %s', async (_, topic, body, may) => {
  const { sent, parts } = watched()
  const receiver = { subscription: 's', topic, callback, host: 'h.example' }
  const sendable: Sendable = {
    ...{ id: '1', receiver, contentType: 't', body },
    ...{ attempts: 0, waitingSince: 0, spent: 0, rejections: 0 },
  }
  const keys = { isRevoked: () => false, signAgain: () => Promise.resolve(undefined) }
  await deliver({ ...parts, keys }, sendable)
  expect(sent).toMatchObject([{ url: callback, inTheClear: may }])
})
