import { randomUUID } from 'node:crypto'
import type Sqlite from 'better-sqlite3'
import type { ClaimedIntent, IntentQueue } from '../core/store-ports.ts'
import { type Candidate, chooseIntents, type UnderWay } from './intent-choice.ts'

type Options = Parameters<IntentQueue['claim']>[0]

interface IntentRow {
  num: number
  id: string
  mode: string
  reason: string | null
  topic: string
  callback: string
  lease_seconds: number
  vouched: number
  verify_token: string | null
  attempts: number
}

/** Looked at in one claim: what may not be asked now, however much it is, must not hold up the rest. */
const LOOK = 1_000

const START = { due_at: -1, num: 0 }

/** @returns a claim; to be called within a commit */
export function createIntentClaims(file: Sqlite.Database): (options: Options) => ClaimedIntent[] {
  const underWay = file.prepare<[], UnderWay>(
    'select host, urgent, count(*) as n from intents where claim is not null group by host, urgent',
  )
  const urgent = file.prepare<[number], Candidate>(
    `select num, host, urgent, due_at from intents where claim is null and urgent = 1 and due_at <= ?
     order by due_at, num limit ${LOOK}`,
  )
  const others = file.prepare<[object], Candidate>(
    `select num, host, urgent, due_at from intents
     where claim is null and urgent = 0 and due_at <= @now and (due_at, num) > (@due_at, @num)
     order by due_at, num limit ${LOOK}`,
  )
  const take = file.prepare<[object], IntentRow>(
    'update intents set claim = @claim, claimed_until = @until where num = @num returning *',
  )
  /** Where the next look begins, while those before it are ones that may not be asked. */
  let from = START

  return (options) => {
    const now = options.now
    const waiting = others.all({ now, ...from })
    const last = waiting.at(-1)
    const candidates = [...urgent.all(now), ...waiting].sort((a, b) => a.due_at - b.due_at || a.num - b.num)
    const chosen = chooseIntents(candidates, underWay.all(), options)
    // It goes round: past what fills this look now, and back to the beginning behind the last.
    from = waiting.length === LOOK && chosen.length < options.limit && last ? last : START
    const claim = randomUUID()
    return chosen.flatMap(({ num }) => {
      const row = take.get({ claim, until: options.until, num })
      return row ? [claimed(row, claim)] : []
    })
  }
}

function claimed(row: IntentRow, claim: string): ClaimedIntent {
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
