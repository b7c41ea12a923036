/** What came of asking callbacks, and of telling them: the latest of each subscription, for its operator. */
import type { VerificationRecord } from '../core/registry-ports.ts'
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
  await tx
    .insertInto('verifications')
    .values({ ...verification, subscription: subscription.num })
    .execute()
  await tx
    .deleteFrom('verifications')
    .where('subscription', '=', subscription.num)
    .where('num', '<=', (eb) =>
      eb
        .selectFrom('verifications')
        .select('num')
        .where('subscription', '=', subscription.num)
        .orderBy('num', 'desc')
        .limit(1)
        .offset(KEPT),
    )
    .execute()
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

/** In a line, for a list. */
function sentence({ mode, outcome, reason }: VerificationRecord): string {
  const why = reason === null ? '' : `: ${reason}`
  switch (outcome) {
    case 'confirmed':
      return `${mode} confirmed`
    case 'vouched':
      return 'the operator vouches'
    case 'unclear':
      return `asking again${why}`
    case 'void':
      return `confirmed in vain${why}`
    case 'refused':
      return `refused${why}`
    case 'told':
    case 'untold':
      return `denied, ${outcome === 'told' ? 'told' : 'not told'}${why}`
  }
}
