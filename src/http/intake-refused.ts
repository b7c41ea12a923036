/** The operator is told of what a source was refused: in the log, and in what the source shows. */
import { Refusal, type RefusalCode } from '../core/errors.ts'
import type { Observer } from '../core/ports.ts'
import type { Source } from '../core/source.ts'
import type { KnownSource } from '../core/store-ports.ts'
import type { Room } from '../flow/limit-backlog.ts'
import type { RefusalNotes } from '../flow/note-refusals.ts'
import type { RateLimit } from '../flow/rate-limit.ts'

export interface RefusedParts {
  observer: Observer
  refusals: Pick<RefusalNotes, 'note'>
}

/** @param why holds nothing of the payload */
export function tellRefused(
  { observer, refusals }: RefusedParts,
  source: Source,
  reason: RefusalCode,
  why: string,
): void {
  observer.intakeRefused({ source: source.id, reason, why })
  refusals.note(source.id, why)
}

/** A body that was too large, compressed or cut short; nobody has proved who sent it. */
export async function refuseUnread(
  parts: RefusedParts,
  find: () => Promise<KnownSource | undefined>,
  error: unknown,
): Promise<never> {
  if (!(error instanceof Refusal)) throw error
  const found = await find()
  if (found !== undefined) tellRefused(parts, found.source, error.code, error.message)
  throw error
}

/**
 * @param client where nothing is proven yet: counted apart, so that strangers take nothing of the source's own
 * @throws Refusal `overloaded`
 */
export function requireRoom(
  parts: RefusedParts & { room: Room; rate: RateLimit },
  source: Source,
  client?: string,
): void {
  try {
    parts.rate.take(client === undefined ? source.id : `${source.id} ${client}`)
    parts.room.require()
  } catch (error) {
    if (error instanceof Refusal) tellRefused(parts, source, error.code, error.message)
    throw error
  }
}

/**
 * What the hub cannot take in now it refuses too (503); the log hears of that elsewhere, as of a fault of the hub.
 * @throws whatever the step throws
 */
export async function notingUnavailable<T>(
  { refusals }: RefusedParts,
  source: Source,
  step: () => Promise<T>,
): Promise<T> {
  try {
    return await step()
  } catch (error) {
    if (error instanceof Refusal && error.code === 'unavailable') refusals.note(source.id, error.message)
    throw error
  }
}
