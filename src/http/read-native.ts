/** What an authentic request says: read and judged, all of it, before the first event is taken in. */
import { Refusal } from '../core/errors.ts'
import { faultOfKnown } from '../core/mapping.ts'
import type { NativeEvent } from '../core/reading.ts'
import { isReplay, type Source } from '../core/source.ts'
import { faultOfStated } from '../core/stated.ts'
import type { PublishParts } from '../flow/publish.ts'
import type { NativeRequest, Provider } from '../providers/provider.ts'
import { type RefusedParts, tellRefused } from './intake-refused.ts'

export interface ReadParts extends RefusedParts {
  publish: Pick<PublishParts, 'catalogue'>
}

/** @throws Refusal `malformed`, `unauthenticated` for a replay */
export function readNative(
  parts: ReadParts,
  provider: Provider,
  source: Source,
  request: NativeRequest,
): NativeEvent[] {
  const natives = read(parts, provider, source, request)
  requireSound(parts, source, natives)
  requireFresh(parts, source, request, natives)
  return natives
}

function read(parts: ReadParts, provider: Provider, source: Source, request: NativeRequest): NativeEvent[] {
  try {
    const natives = provider.read(request)
    const fault = faultOfKnown(natives, parts.publish.catalogue.mapping(source.provider))
    if (fault !== undefined) throw fault
    return natives
  } catch (error) {
    if (error instanceof Refusal) tellRefused(parts, source, error.code, error.message)
    throw error
  }
}

/** All of them, before the first is taken in: bad input changes nothing. */
function requireSound(parts: ReadParts, source: Source, natives: NativeEvent[]): void {
  const fault = faultOfStated(natives, source, parts.publish.catalogue)
  if (fault === undefined) return
  // The sentence may name a claim of the publisher's, which is for its eyes and not for the log.
  tellRefused(parts, source, 'malformed', 'an event is not as the catalogue has it')
  throw new Refusal('malformed', fault)
}

/** What somebody kept to send it again proves itself as well as it did the first time. */
function requireFresh(
  parts: ReadParts,
  source: Source,
  { receivedAt }: NativeRequest,
  natives: readonly NativeEvent[],
): void {
  if (!natives.some(({ occurredAt }) => isReplay(occurredAt, receivedAt, source))) return
  tellRefused(parts, source, 'unauthenticated', 'replay: the event is older than max_age')
  throw new Refusal('unauthenticated', "The event is older than the source's max_age: taken for a replay.")
}
