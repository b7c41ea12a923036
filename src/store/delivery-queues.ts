import type Sqlite from 'better-sqlite3'
import type { DeliveryQueues } from '../core/delivery-ports.ts'
import type { Commits } from './commits.ts'
import { createClaims } from './queue-claims.ts'
import { createTurns } from './queue-turns.ts'
import { createClockSetBack } from './clock-set-back.ts'

/** What waits to be delivered, queue by queue. */
export function createDeliveryQueues(commits: Commits, file: Sqlite.Database): DeliveryQueues {
  const claim = createClaims(file)
  const turn = createTurns(file)
  const setBack = createClockSetBack(file)
  return {
    claim: (options) => commits.swift(() => claim(options)),
    clockSetBack: (ms, now) => commits.swift(() => setBack(ms, now)),
    turn: (queue, asked) => commits.swift(() => turn(queue, asked)),
  }
}
