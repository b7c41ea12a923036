import type Sqlite from 'better-sqlite3'
import type { IntentQueue } from '../core/store-ports.ts'
import type { Commits } from './commits.ts'
import { read } from './faults.ts'
import { createIntentClaims } from './intent-claims.ts'
import { createReluctantHosts } from './reluctant-hosts.ts'
import { createIntentSettling } from './intent-settling.ts'

/** Intents that wait for their callback's word. */
export function createIntentQueue(commits: Commits, file: Sqlite.Database): IntentQueue {
  const reluctant = createReluctantHosts()
  const claim = createIntentClaims(file, reluctant)
  const settle = createIntentSettling(file, reluctant)
  const next = file.prepare<[], { due: number | null }>(
    'select min(due_at) as due from intents where claim is null',
  )
  return {
    claim: (options) => commits.swift(() => claim(options)),
    settle: (claimed, settlement) => commits.swift(() => settle(claimed, settlement)),
    nextDue: () => read(() => next.get()?.due ?? undefined),
  }
}
