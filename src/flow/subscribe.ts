/** A request to subscribe or unsubscribe: judged, then queued for its callback's word. */
import { splitUrl } from '../core/callback.ts'
import { Refusal } from '../core/errors.ts'
import { grantLease, type LeaseLimits } from '../core/lease.ts'
import type { Pace } from '../core/pace.ts'
import type { Surroundings } from '../core/ports.ts'
import type { IntentInbox, IntentRoom } from '../core/store-ports.ts'
import type { SubscribeRequest } from '../core/subscribe-request.ts'
import { secretContext } from '../core/sealing.ts'
import { admit, type AdmitParts, type Asker } from './admit.ts'

export interface SubscribeParts
  extends AdmitParts, Pick<Surroundings, 'vault' | 'clock' | 'random' | 'observer'> {
  inbox: IntentInbox
  /** Of a client's requests: each has the hub ask a host that the client names, and hosts can be names of one victim. */
  pace: Pace
  settings: { lease: LeaseLimits; room: IntentRoom }
}

/**
 * @param asker `client`: who asks, as limits count clients
 * @returns once the intent is durable
 * @throws Refusal; nothing has changed then
 */
export async function subscribe(
  parts: SubscribeParts,
  request: SubscribeRequest,
  asker: Asker & { client: string },
): Promise<void> {
  const { tenant, owner, onBehalf } = await admit(parts, request.topic, asker)
  const { origin, host } = splitUrl(request.callback)
  const now = parts.clock.now()
  if (parts.pace.wait(asker.client, now) > 0) {
    throw new Refusal(
      'too-many',
      'You have asked for too many verifications just now; ask again in a moment.',
    )
  }
  const outcome = await parts.inbox.request(
    {
      intent: {
        id: parts.random.uuid(),
        mode: request.mode,
        topic: request.topic,
        callback: request.callback,
        leaseSeconds: grantLease(request.leaseSeconds, parts.settings.lease),
        attempts: 0,
        ...(request.verifyToken !== undefined && { verifyToken: request.verifyToken }),
      },
      tenant,
      owner,
      // Nobody else will: the customer never asked, and the source asks once.
      renewing: onBehalf && request.leaseSeconds === undefined,
      origin,
      host,
      client: asker.client,
      now,
      ...(request.secret !== undefined && {
        secretSealed: parts.vault.seal(request.secret, secretContext(request.topic, request.callback)),
      }),
    },
    parts.settings.room,
  )
  switch (outcome) {
    case 'taken':
      throw new Refusal(
        'forbidden',
        'Another subscriber has verified this callback for this topic; use another callback.',
      )
    case 'full':
      throw new Refusal(
        'too-many',
        'Too many verifications are waiting, for this host or asked for by you; ask again in a moment.',
      )
    case 'subscriber-full':
      throw new Refusal('forbidden', 'You have as many subscriptions as this hub allows; end some first.')
    case 'host-full':
      throw new Refusal(
        'forbidden',
        'The callback’s host has as many subscriptions as this hub allows; end some first.',
      )
    case 'queued':
      parts.pace.count(asker.client, now)
      parts.observer.intentQueued({ mode: request.mode, topic: request.topic, host })
      return
    case 'nothing':
      // An unsubscription of what does not exist is answered like any other: no oracle.
      return
  }
}
