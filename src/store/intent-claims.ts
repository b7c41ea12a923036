import { randomUUID } from 'node:crypto'
import type Sqlite from 'better-sqlite3'
import type { ClaimedIntent, IntentQueue } from '../core/store-ports.ts'
import { type Candidate, chooseIntents, KINDS, type IntentKind, type UnderWay } from './intent-choice.ts'
import type { ReluctantHosts } from './reluctant-hosts.ts'
import type { Row } from './tables.ts'

type Options = Parameters<IntentQueue['claim']>[0]

/** Looked at in one claim, of each kind: what may not go now, however much it is, must not hold up the rest. */
const LOOK = 500

const START = { due_at: -1, num: 0 }

/** @returns a claim; to be called within a commit */
export function createIntentClaims(
  file: Sqlite.Database,
  reluctant: Pick<ReluctantHosts, 'rests'>,
): (options: Options) => ClaimedIntent[] {
  const underWay = file.prepare<[], UnderWay>(
    'select host, kind, count(*) as n from intents where claim is not null group by host, kind',
  )
  const look = file.prepare<[object], Candidate>(
    `select num, host, kind, due_at from intents
     where claim is null and kind = @kind and due_at <= @now and (due_at, num) > (@due_at, @num)
     order by due_at, num limit ${LOOK}`,
  )
  const take = file.prepare<[object], Row<'intents'>>(
    'update intents set claim = @claim, claimed_until = @until where num = @num returning *',
  )
  /** Where the next look begins, while those before it are ones that may not go. */
  const from: Record<IntentKind, typeof START> = { ask: START, denial: START, renewal: START }

  return ({ limit, hands, now, until }) => {
    const waiting = KINDS.map((kind) => look.all({ kind, now, ...from[kind] }))
    const candidates = waiting.flat().sort((a, b) => a.due_at - b.due_at || a.num - b.num)
    const willing = candidates.filter(({ kind, host }) => kind !== 'ask' || !reluctant.rests(host, now))
    const chosen = chooseIntents(willing, underWay.all(), limit, hands)
    // It goes round: past what fills this look now, and back to the beginning behind the last.
    for (const [index, kind] of KINDS.entries()) {
      const last = waiting[index]?.at(-1)
      const isFull = waiting[index]?.length === LOOK
      from[kind] = isFull && chosen.length < limit && last !== undefined ? last : START
    }
    const claim = randomUUID()
    return chosen.flatMap(({ num }) => {
      const row = take.get({ claim, until, num })
      return row ? [claimed(row, claim)] : []
    })
  }
}

function claimed(row: Row<'intents'>, claim: string): ClaimedIntent {
  const { id, topic, callback, attempts, mode } = row
  const common = { id, topic, callback, attempts, claim }
  if (mode === 'denied') return { ...common, mode, reason: row.reason ?? '' }
  return {
    ...common,
    mode: mode === 'subscribe' ? 'subscribe' : 'unsubscribe',
    leaseSeconds: row.lease_seconds,
    ...(row.vouched === 1 && { vouched: true }),
    ...(row.verify_token !== null && { verifyToken: row.verify_token }),
  }
}
