/** What came of asking callbacks, and of telling them: the latest of each subscription, for its operator. */
import { sql } from 'kysely'
import type { VerificationOutcome, VerificationRecord } from '../core/registry-ports.ts'
import type { Db, Tx } from './tables.ts'

/** Of each subscription. */
const KEPT = 50

/** Which subscription it is about; there may be none any more. */
interface Place {
  topic: string
  callback: string
}

export async function noteVerification(
  tx: Tx,
  { topic, callback }: Place,
  verification: VerificationRecord,
): Promise<void> {
  const subscription = await tx
    .updateTable('subscriptions')
    .set({ verification_at: verification.settled_at, verification: sentence(verification) })
    .where('topic', '=', topic)
    .where('callback', '=', callback)
    .returning('num')
    .executeTakeFirst()
  if (subscription === undefined) return
  const { num } = subscription
  await tx
    .insertInto('verifications')
    .values({ ...verification, subscription: num })
    .execute()
  await sql`
    delete from verifications where subscription = ${num} and num <= (
      select num from verifications where subscription = ${num}
      order by num desc limit 1 offset ${KEPT}
    )`.execute(tx)
}

/** The newest first. */
export function verificationsOf(db: Db, subscription: number): Promise<VerificationRecord[]> {
  return db
    .selectFrom('verifications')
    .select(['settled_at', 'mode', 'outcome', 'reason'])
    .where('subscription', '=', subscription)
    .orderBy('num', 'desc')
    .execute()
}

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
