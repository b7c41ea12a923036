/** The operator is told of what a source was refused: in the log, and in what the source shows. */
import { Refusal } from '../core/errors.ts'
import type { Observer } from '../core/ports.ts'
import type { Source } from '../core/source.ts'
import type { KnownSource } from '../core/store-ports.ts'
import type { RefusalNotes } from '../flow/note-refusals.ts'

export interface RefusedParts {
  observer: Observer
  refusals: Pick<RefusalNotes, 'note'>
}

/** What the hub cannot take in now the log hears of elsewhere, as of a fault of the hub. */
export function tellRefused(
  { observer, refusals }: RefusedParts,
  source: Source,
  { code, noted }: Pick<Refusal, 'code' | 'noted'>,
): void {
  if (code !== 'unavailable') observer.intakeRefused({ source: source.id, reason: code, why: noted })
  refusals.note(source.id, noted)
}

/**
 * Takes in what a source sent, and tells the operator if that is refused.
 * @throws whatever the step throws
 */
export async function tellingRefused<T>(
  parts: RefusedParts,
  source: Source,
  step: () => Promise<T>,
): Promise<T> {
  try {
    return await step()
  } catch (error) {
    if (error instanceof Refusal) tellRefused(parts, source, error)
    throw error
  }
}

/** A body that was too large, compressed or cut short; nobody has proved who sent it. */
export async function refuseUnread(
  parts: RefusedParts,
  find: () => Promise<KnownSource | undefined>,
  error: unknown,
): Promise<never> {
  if (error instanceof Refusal) {
    const found = await find()
    if (found !== undefined) tellRefused(parts, found.source, error)
  }
  throw error
}
