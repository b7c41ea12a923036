/** A SET that says nothing but that it is a test, to subscriptions that the operator names. */
import { Refusal } from '../core/errors.ts'
import type { EventDraft } from '../core/event.ts'
import type { Catalogue, Signer, Surroundings } from '../core/ports.ts'
import { SET_CONTENT_TYPE, setClaims } from '../core/set.ts'
import type { TestInbox, TestTarget } from '../core/store-ports.ts'
import { parseTopic } from '../core/topic.ts'

export interface TestDeliveryParts extends Pick<Surroundings, 'url' | 'catalogue' | 'clock' | 'random'> {
  signer: Signer
  inbox: TestInbox
}

/**
 * @returns once it is durable; undefined when there is no such webhook or subscription
 * @throws Refusal `conflict` when nobody would get it
 */
export async function testDelivery(
  parts: TestDeliveryParts,
  target: TestTarget,
): Promise<{ jti: string; deliveries: string[] } | undefined> {
  const { inbox, clock, random, signer } = parts
  const active = await inbox.activeAmong(target, clock.now())
  if (active === undefined) return undefined
  // What a source registered carries that source's own content: a SET would be none.
  const receivers = active.filter(({ topic }) => parseTopic(parts.url, topic) !== undefined)
  const [first] = receivers
  if (first === undefined) throw nobody()

  const [jti, txn, now] = [random.uuid(), random.uuid(), clock.now()]
  const draft = draftOf(parts.catalogue, now)
  const aud = [...new Set(receivers.map(({ topic }) => topic))]
  const { category, name } = draft.event
  const deliveries = await inbox.accept({
    tenant: first.tenant,
    event: {
      ...{ jti, txn, category, name, contentType: SET_CONTENT_TYPE },
      body: await signer.sign(setClaims(draft, { iss: parts.url, jti, txn, aud, now })),
    },
    subscriptions: receivers.map(({ id }) => id),
    now,
  })
  if (deliveries.length === 0) throw nobody()
  return { jti, deliveries }
}

/** @throws Error when it does not fit its own schema: a fault of the hub */
function draftOf(catalogue: Catalogue, now: number): EventDraft {
  const event = catalogue.find('system', 'test')
  if (event === undefined) throw new Error('the catalogue has no system/test')
  const claims = {
    event_timestamp: Math.floor(now / 1000),
    initiating_entity: 'admin',
    source: { id: 'signet', provider: 'signet', event: 'test' },
  }
  const problems = catalogue.check(event, claims)
  if (problems.length > 0) throw new Error(`system/test does not fit its schema: ${problems.join('; ')}`)
  return { event, subId: { format: 'opaque', id: 'signet' }, claims }
}

const nobody = (): Refusal =>
  new Refusal(
    'conflict',
    'No subscription here is active on a topic of the hub; verify or resume one, then test it.',
  )
