/**
 * What waits is counted now and then, and estimated in between: above a limit nothing more is taken in, since what
 * is accepted must be delivered.
 */
import type { Backlog, Waiting } from '../core/delivery-ports.ts'
import { Refusal } from '../core/errors.ts'
import type { Observer } from '../core/ports.ts'

/** Asked by whatever takes events in. */
export interface Room {
  /** @throws Refusal `overloaded` while more waits than may */
  require(): void
}

export interface BacklogLimit extends Room {
  /** Counts, and tells the observer. */
  measure(observer: Pick<Observer, 'measured'>): Promise<Waiting>
  /** By what it is told here it estimates until the next count. */
  observer: Pick<Observer, 'accepted' | 'relayed' | 'fetched' | 'fannedOut' | 'attempted'>
}

/** How much of what events brought before is still reckoned with after each count: a burst may be of the same kind. */
const REMEMBERED = 0.9

/**
 * It errs on the side of too much, but for what the first events ever bring until they are counted: what is dropped
 * counts as waiting until the next count.
 *
 * @param max deliveries that may wait, those among them that are still to be made
 */
export function createBacklogLimit(backlog: Backlog, max: number): BacklogLimit {
  let counted: Pick<Waiting, 'deliveries' | 'toCome'> = { deliveries: 0, toCome: 0 }
  /** Since the count: events accepted, deliveries made, deliveries that ended by an attempt. */
  let since = { accepted: 0, made: 0, ended: 0 }
  /** Deliveries that an event brings. */
  let perEvent = 0

  function learn(toCome: number): void {
    if (since.accepted === 0) return
    const brought = since.made + toCome - counted.toCome
    perEvent = Math.max(brought / since.accepted, perEvent * REMEMBERED)
  }

  return {
    async measure(observer) {
      const before = { ...since }
      const waiting = await backlog.measure()
      learn(waiting.toCome)
      counted = waiting
      // What was told meanwhile may have been counted or not: it is waiting, either way.
      since = {
        accepted: since.accepted - before.accepted,
        made: since.made - before.made,
        ended: 0,
      }
      observer.measured(waiting)
      return waiting
    },
    require() {
      const { accepted, made, ended } = since
      const brought = Math.max(counted.toCome + accepted * perEvent, made)
      if (counted.deliveries + brought - ended > max) {
        throw new Refusal('overloaded', 'Too much waits to be delivered already. Send it again later.')
      }
    },
    observer: {
      accepted: ({ events }) => void (since.accepted += events.length),
      relayed: () => void (since.accepted += 1),
      fetched: ({ outcome }) => void (since.accepted += Number(outcome === 'changed')),
      fannedOut: ({ deliveries }) => void (since.made += deliveries),
      attempted: ({ verdict }) => void (since.ended += Number(verdict !== 'retry')),
    },
  }
}
