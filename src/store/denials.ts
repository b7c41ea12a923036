/** Subscriptions that somebody withdraws: they end, and their callbacks are told (WebSub §5.2). All within a commit. */
import { randomUUID } from 'node:crypto'
import type Sqlite from 'better-sqlite3'
import type { Owner } from '../core/owner.ts'
import { OF_WEBHOOK } from './alive.ts'
import type { Row } from './tables.ts'

/** A condition on the row of `subscriptions`, and what it names. */
export type Which = [condition: string, named?: object | undefined]

interface DenialWords {
  /** For the operator. */
  why: string
  /** For the subscriber; without it, nothing is told. */
  reason?: string
  now: number
}

/** Not ended, or asked for again before it did: then it may come back. */
export const LIVING = `(state <> 'ended' or exists (select 1 from intents where subscription = subscriptions.num))`

type Denied = Pick<Row<'subscriptions'>, 'num' | 'owner' | 'topic' | 'callback' | 'host'>

/** Ends them, and queues the word for their callbacks. What was asked for them and is not answered yet is forgotten. */
export function denySubscriptions(
  file: Sqlite.Database,
  [condition, named]: Which,
  { why, reason, now }: DenialWords,
): void {
  const end = file.prepare<[object], Denied>(
    `update subscriptions set state = 'ended', ended_why = @why, undelivered = 1
     where ${LIVING} and ${condition} returning num, owner, topic, callback, host`,
  )
  const forget = file.prepare('delete from intents where subscription = ?')
  const denied = end.all({ ...named, why })
  for (const { num } of denied) forget.run(num)
  if (reason !== undefined) queueDenials(file, denied, reason, now)
}

/** The same for one whose row is about to go, in this commit. */
export function tellBeforeDeletion(file: Sqlite.Database, num: number, reason: string, now: number): void {
  const living = file.prepare<[number], Denied>(`select * from subscriptions where ${LIVING} and num = ?`)
  queueDenials(file, living.all(num), reason, now)
  file.prepare('delete from intents where subscription = ?').run(num)
}

/** Whoever cannot repeat a challenge has no answer to a GET, and is not told. */
function queueDenials(file: Sqlite.Database, denied: readonly Denied[], reason: string, now: number): void {
  const queue = file.prepare(
    `insert into intents (id, owner, topic, callback, host, mode, kind, reason, lease_seconds, attempts, due_at)
     select @id, s.owner, @topic, @callback, @host, 'denied', 'denial', @reason, 0, 0, @now
     from (select @owner as owner) s
     where not exists (select 1 from webhooks w where ${OF_WEBHOOK} and w.verification = 'operator')`,
  )
  for (const subscription of denied) queue.run({ ...subscription, id: randomUUID(), reason, now })
}

/** Ends what an owner has among these subscriptions, and forgets what it asked for among them and never confirmed. */
export function withdraw(
  file: Sqlite.Database,
  owner: Owner,
  [condition, named]: Which,
  words: DenialWords,
): void {
  const own = `owner is @owner and state = 'active' and ${condition}`
  denySubscriptions(file, [own, { ...named, owner }], words)
  withdrawAsked(file, owner, [condition, named], words)
}

const ASKED = `select subscription from intents where mode <> 'denied'`

/** The half of it that is about what nobody has confirmed. */
export function withdrawAsked(
  file: Sqlite.Database,
  owner: Owner,
  [condition, named]: Which,
  words: DenialWords,
): void {
  // What is not active is what somebody asked for, whoever had it before: it ends unless another asks for it too.
  const asked = `state <> 'active' and num in (${ASKED} and owner is @owner)
    and num not in (${ASKED} and owner is not @owner) and ${condition}`
  denySubscriptions(file, [asked, { ...named, owner }], words)
  const forget = file.prepare(
    `delete from intents where owner is @owner and mode <> 'denied'
       and subscription in (select num from subscriptions where ${condition})`,
  )
  forget.run({ ...named, owner })
}
