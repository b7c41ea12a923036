/**
 * What was kept long enough: events with all that came of them, the keys by which repeats of them are known, and what
 * admins did.
 */
import type { Audit } from '../core/admin-ports.ts'
import type { Surroundings } from '../core/ports.ts'
import type { Retention } from '../core/store-ports.ts'

export interface RetainParts extends Pick<Surroundings, 'clock' | 'observer'> {
  retention: Retention
  audit: Pick<Audit, 'forget'>
  /** How long events are kept, in milliseconds. */
  keepMs: number
}

/** Rows of one commit, which everyone else's waits for. */
const CHUNK = 300

/** One bounded sweep. @returns whether there may be more to remove */
export async function retain({ retention, audit, keepMs, clock, observer }: RetainParts): Promise<boolean> {
  const before = clock.now() - keepMs
  const rows = await retention.removeEvents(before, CHUNK)
  // Afterwards: a key stays for as long as its event does.
  const keys = await retention.forgetKeys(before, CHUNK)
  const acts = await audit.forget(before, CHUNK)
  if (rows + keys > 0) observer.outlived({ rows, keys })
  return rows + keys + acts > 0
}
