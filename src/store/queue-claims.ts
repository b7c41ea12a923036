/** Which queues are claimed next: those that have waited longest, within what may be under way at once. */
import { randomUUID } from 'node:crypto'
import type Sqlite from 'better-sqlite3'
import type { ClaimedQueue, QueueClaim } from '../core/delivery-ports.ts'
import { queueState } from './queue-state.ts'
import type { Row } from './tables.ts'

type Candidate = Pick<Row<'queues'>, 'subscription' | 'origin' | 'quick'> & { ready_at: number }

/** Looked at in one claim: what may not be claimed now, however much it is, must not hold up the rest. */
const LOOK = 1_000

const START = { ready_at: -1, subscription: 0 }

/** @returns a claim; to be called within a commit */
export function createClaims(
  file: Sqlite.Database,
): (options: QueueClaim) => { claimed: ClaimedQueue[]; nextDue?: number } {
  const look = file.prepare<[object], Candidate>(
    `select subscription, origin, quick, ready_at from queues
     where ready_at is not null and claim is null and ready_at <= @now
       and (ready_at, subscription) > (@ready_at, @subscription)
     order by ready_at, subscription limit ${LOOK}`,
  )
  const take = file.prepare<[object], Row<'queues'> & { active_from: number }>(
    `update queues set claim = @claim, claimed_until = @until where subscription = @subscription and claim is null
     returning *, (select active_from from subscriptions where num = queues.subscription) as active_from`,
  )
  const next = file.prepare<[], { due: number | null }>(
    'select min(ready_at) as due from queues where ready_at is not null and claim is null',
  )
  /** Where the next look begins, while those before it are ones that may not be claimed. */
  let from = START

  return (options) => {
    const candidates = look.all({ now: options.now, ...from })
    const last = candidates.at(-1)
    const chosen = choose(candidates, options)
    // It goes round: past what fills this look now, and back to the beginning behind the last.
    from = candidates.length === LOOK && chosen.length < options.limit && last ? last : START
    const claim = randomUUID()
    const claimed = chosen.flatMap(({ subscription }) => {
      const row = take.get({ claim, until: options.until, subscription })
      if (row === undefined) return []
      const { origin, active_from: activeFrom } = row
      return [{ id: String(subscription), claim, activeFrom, origin, state: queueState(row) }]
    })
    const due = next.get()?.due ?? null
    return { claimed, ...(due !== null && { nextDue: due }) }
  }
}

/** One delivery of each: a queue whose receiver keeps up is given more with its turns. */
function choose(candidates: Candidate[], options: QueueClaim): Candidate[] {
  const { limit, perOrigin, unprovenPerOrigin } = options
  const chosen: Candidate[] = []
  const ofOrigin = new Map(options.underWay)
  const unprovenOfOrigin = new Map(options.unprovenOfOrigin)
  let { unproven } = options
  for (const candidate of candidates) {
    if (chosen.length === limit) break
    const there = ofOrigin.get(candidate.origin) ?? 0
    if (there >= perOrigin) continue
    if (candidate.quick === 0) {
      const unprovenThere = unprovenOfOrigin.get(candidate.origin) ?? 0
      if (unproven <= 0 || unprovenThere >= unprovenPerOrigin) continue
      unproven -= 1
      unprovenOfOrigin.set(candidate.origin, unprovenThere + 1)
    }
    ofOrigin.set(candidate.origin, there + 1)
    chosen.push(candidate)
  }
  return chosen
}
