/** What an authentic request says: read and judged, all of it, before the first event is taken in. */
import { Refusal } from '../core/errors.ts'
import { faultOfKnown } from '../core/mapping.ts'
import type { Catalogue } from '../core/ports.ts'
import type { NativeEvent } from '../core/reading.ts'
import { isReplay, type Source } from '../core/source.ts'
import { faultOfStated } from '../core/stated.ts'
import type { NativeRequest, Provider } from '../providers/provider.ts'

/** @throws Refusal `malformed`, `unauthenticated` for a replay */
export function readNative(
  catalogue: Catalogue,
  provider: Provider,
  source: Source,
  request: NativeRequest,
): NativeEvent[] {
  const natives = provider.read(request)
  const unread = faultOfKnown(natives, catalogue.mapping(source.provider))
  if (unread !== undefined) throw unread
  const fault = faultOfStated(natives, source, catalogue)
  if (fault !== undefined) {
    // The sentence may name a claim of the publisher's, which is for its eyes and not for the log.
    throw new Refusal('malformed', fault, { noted: 'an event is not as the catalogue has it' })
  }
  // What somebody kept to send it again proves itself as well as it did the first time.
  if (natives.some(({ occurredAt }) => isReplay(occurredAt, request.receivedAt, source))) {
    throw new Refusal(
      'unauthenticated',
      "The event is older than the source's max_age: taken for a replay.",
      {
        noted: 'replay: the event is older than max_age',
      },
    )
  }
  return natives
}
