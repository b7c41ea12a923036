/** What was deleted and is large goes in small steps, each a commit, which everyone else's wait for. */
import type { Surroundings } from '../core/ports.ts'
import type { Removals } from '../core/store-ports.ts'

export interface RemoveParts extends Pick<Surroundings, 'clock' | 'observer' | 'wake'> {
  removals: Removals
}

/** Rows of one commit. */
const CHUNK = 300

/** @returns whether there may be more to remove */
export async function remove({ removals, clock, observer, wake }: RemoveParts): Promise<boolean> {
  const step = await removals.next(CHUNK, clock.now())
  if (step === undefined) return false
  // Some may have lost a subscription by it.
  wake('verify')
  if (step.isOver) observer.removed({ kind: step.kind, id: step.id })
  return true
}
