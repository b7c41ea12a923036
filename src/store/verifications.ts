/** What came of asking callbacks, and of telling them: the latest of each subscription, for its operator. */
import type Sqlite from 'better-sqlite3'
import type { VerificationOutcome, VerificationRecord } from '../core/registry-ports.ts'

/** Of each subscription. */
const KEPT = 50

/** Which subscription it is about; there may be none any more. */
interface Place {
  topic: string
  callback: string
}

/** @returns what keeps a verification, within a commit */
export function createVerificationNotes(
  file: Sqlite.Database,
): (place: Place, verification: VerificationRecord) => void {
  const show = file.prepare<[object], { num: number }>(
    `update subscriptions set verification_at = @settled_at, verification = @sentence
     where topic = @topic and callback = @callback returning num`,
  )
  const keep = file.prepare(
    `insert into verifications (subscription, settled_at, mode, outcome, reason)
     values (@num, @settled_at, @mode, @outcome, @reason)`,
  )
  const forget = file.prepare(
    `delete from verifications where subscription = @num and num <= (
       select num from verifications where subscription = @num order by num desc limit 1 offset ${KEPT})`,
  )
  return (place, verification) => {
    const subscription = show.get({ ...place, ...verification, sentence: sentence(verification) })
    if (subscription === undefined) return
    keep.run({ ...verification, ...subscription })
    forget.run(subscription)
  }
}

/** The newest first. */
export const verificationsOf = (file: Sqlite.Database, subscription: number): VerificationRecord[] =>
  file
    .prepare<[number], VerificationRecord>(
      'select settled_at, mode, outcome, reason from verifications where subscription = ? order by num desc',
    )
    .all(subscription)

const WORDS: Record<Exclude<VerificationOutcome, 'confirmed'>, string> = {
  vouched: 'the operator vouches',
  refused: 'refused',
  unclear: 'asking again',
  void: 'confirmed in vain',
  told: 'denied, told',
  untold: 'denied, not told',
}

/** In a line, for a list. */
function sentence({ mode, outcome, reason }: VerificationRecord): string {
  const words = outcome === 'confirmed' ? `${mode} confirmed` : WORDS[outcome]
  return reason === null ? words : `${words}: ${reason}`
}
