/**
 * What each source was refused last. A refusal is anyone's to provoke, so it costs no write: the latest of a source
 * waits here, and is written together with the others'.
 */
import type { Clock } from '../core/ports.ts'
import type { RefusalRecord, SourceRefusal } from '../core/store-ports.ts'

export interface RefusalNotes {
  /**
   * @param source of a source that there is: what is kept in memory is bounded by their number
   * @param why holds nothing of a payload
   */
  note(source: string, why: string): void
  /** Writes what waits; what could not be written, or has come meanwhile, waits on. */
  flush(): Promise<void>
}

/** Sources of one commit. */
const CHUNK = 500

export function createRefusalNotes(record: RefusalRecord, clock: Clock): RefusalNotes {
  const waiting = new Map<string, SourceRefusal>()
  return {
    note(source, why) {
      // To the end, so that a source that is refused all the time keeps no other waiting.
      waiting.delete(source)
      waiting.set(source, { source, why, at: clock.now() })
    },
    async flush() {
      const latest = [...waiting.values()]
      for (let done = 0; done < latest.length; done += CHUNK) {
        const chunk = latest.slice(done, done + CHUNK)
        await record.refused(chunk)
        for (const refusal of chunk) {
          // Refused again meanwhile: that is still to be written.
          if (waiting.get(refusal.source) === refusal) waiting.delete(refusal.source)
        }
      }
    },
  }
}
