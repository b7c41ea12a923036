/** What came of asking a callback, or of telling it. */
import type Sqlite from 'better-sqlite3'
import { renewalAt } from '../core/lease.ts'
import { webhookOwner } from '../core/owner.ts'
import type { VerificationOutcome } from '../core/registry-ports.ts'
import type { ClaimedIntent, IntentSettlement } from '../core/store-ports.ts'
import { isAlive } from './alive.ts'
import { createQueueRenewal } from './queue-state.ts'
import type { ReluctantHosts } from './reluctant-hosts.ts'
import type { Row } from './tables.ts'
import { createVerificationNotes } from './verifications.ts'

type IntentRow = Row<'intents'>
type SubscriptionRow = Row<'subscriptions'>

/** @returns what settles an intent; to be called within a commit */
export function createIntentSettling(
  file: Sqlite.Database,
  reluctant: Pick<ReluctantHosts, 'said'>,
): (claimed: ClaimedIntent, settlement: IntentSettlement) => void {
  const noteVerification = createVerificationNotes(file)
  const renewQueue = createQueueRenewal(file)
  const postpone = file.prepare<[object], IntentRow>(
    `update intents set attempts = attempts + 1, due_at = @dueAt, claim = null, claimed_until = null
     where id = @id and claim = @claim returning *`,
  )
  const finish = file.prepare<[object], IntentRow>(
    'delete from intents where id = @id and claim = @claim returning *',
  )
  const find = file.prepare<[number | null], SubscriptionRow>('select * from subscriptions where num = ?')
  const end = file.prepare(
    `update subscriptions set state = 'ended', ended_why = 'unsubscribed', undelivered = 1, intent_applied = @num
     where num = @subscription`,
  )
  const activate = file.prepare(
    `update subscriptions set state = 'active', ended_why = null, owner = @owner, secret_sealed = @secret_sealed,
       lease_seconds = @lease_seconds, lease_expires_at = @leaseEnd, renewal_at = @renewalAt, vouched = @vouched,
       paused = @paused, active_from = @activeFrom, undelivered = max(undelivered, @isLeavingSome), intent_applied = @num
     where num = @subscription`,
  )
  // Whoever looked at its queue when its lease was just over has found nothing to send.
  const lookAgain = file.prepare(
    `update queues set ready_at = gate_at where subscription = @subscription and ready_at is null`,
  )
  // Whoever was denied, the callback gets the topic now: to tell it otherwise would be false.
  const forgetDenials = file.prepare(
    `delete from intents where mode = 'denied' and topic = @topic and callback = @callback`,
  )
  const webhookPaused = file.prepare<[string, string | null], { paused: number }>(
    'select paused from webhooks where ? || id = ?',
  )
  const lastSeq = file.prepare<[], { seq: number | null }>('select max(seq) as seq from events')
  // What never was verified ends, unless another intent for it still waits.
  const endUnverified = file.prepare(
    `update subscriptions set state = 'ended', ended_why = @why where num = @subscription and state = 'pending'
       and not exists (select 1 from intents where subscription = @subscription)`,
  )

  const note = (
    { topic, callback, mode }: IntentRow,
    at: number,
    outcome: VerificationOutcome,
    reason: string | null = null,
  ): void => noteVerification({ topic, callback }, { settled_at: at, mode, outcome, reason })

  const hear = ({ kind, host }: IntentRow, { outcome, now }: IntentSettlement): void => {
    if (kind === 'ask') reluctant.said(host, outcome === 'confirmed', now)
  }

  /** The callback agreed: the intent's state replaces the subscription's. */
  function apply(intent: IntentRow, now: number): void {
    const current = find.get(intent.subscription)
    if (current === undefined) return
    const alive = isAlive(current, now)
    const vain = inVain(intent, current, alive)
    if (vain !== undefined) {
      note(intent, now, 'void', vain)
      return
    }
    if (intent.mode === 'unsubscribe') end.run(intent)
    else {
      activate.run(activeState(intent, current, alive, now))
      if (alive) lookAgain.run(intent)
      // Whoever holds it finds out by itself.
      else renewQueue(current.num, null, null)
    }
    note(intent, now, intent.vouched === 1 ? 'vouched' : 'confirmed')
    if (intent.mode === 'subscribe') forgetDenials.run(intent)
  }

  function activeState(intent: IntentRow, current: SubscriptionRow, alive: boolean, now: number): object {
    const isSameOwner = current.owner === intent.owner
    return {
      ...intent,
      leaseEnd: now + intent.lease_seconds * 1000,
      renewalAt: intent.renewing === 1 ? renewalAt(intent.lease_seconds, now) : null,
      // A pause is of the owner who asked for it, not of the callback: what begins paused is a webhook's that is.
      paused: isSameOwner ? current.paused : (webhookPaused.get(webhookOwner(''), intent.owner)?.paused ?? 0),
      // A renewal goes on where it was; a new life begins behind all that was accepted so far.
      activeFrom: alive ? current.active_from : (lastSeq.get()?.seq ?? 0),
      // The first life leaves nothing of one before it.
      isLeavingSome: Number(!alive && current.active_from !== null),
    }
  }

  return ({ id, claim }, settlement) => {
    if (settlement.outcome === 'retry') {
      const intent = postpone.get({ id, claim, dueAt: settlement.dueAt })
      if (intent === undefined) return
      hear(intent, settlement)
      note(intent, settlement.now, 'unclear', settlement.why)
      return
    }
    const intent = finish.get({ id, claim })
    if (intent === undefined) return
    hear(intent, settlement)
    if (intent.mode === 'denied') {
      if (settlement.outcome === 'confirmed') note(intent, settlement.now, 'told')
      else note(intent, settlement.now, 'untold', settlement.why)
    } else if (settlement.outcome === 'refused') {
      note(intent, settlement.now, 'refused', settlement.why)
      endUnverified.run({ subscription: intent.subscription, why: `not verified: ${settlement.why}` })
    } else apply(intent, settlement.now)
  }
}

/** Why the callback's word changes nothing; undefined when it does. */
function inVain(intent: IntentRow, current: SubscriptionRow, alive: boolean): string | undefined {
  // Answers may come back out of order; what was asked last wins.
  if (intent.num < current.intent_applied) return 'what was asked later was answered first'
  if (alive && current.owner !== intent.owner) return 'another subscriber verified this callback first'
  if (intent.renewal === 1 && !alive) return 'it ended before it was renewed'
  return undefined
}
