/** Subscriptions that somebody withdraws: they end, and their callbacks are told (WebSub §5.2). All within a commit. */
import { randomUUID } from 'node:crypto'
import type Sqlite from 'better-sqlite3'
import { type Expression, type ExpressionBuilder, sql, type SqlBool } from 'kysely'
import type { Owner } from '../core/owner.ts'
import { OF_WEBHOOK } from './alive.ts'
import { among } from './among.ts'
import type { Row, Tables } from './tables.ts'
import { all, build, run } from './typed-sql.ts'

/** Which of the subscriptions. */
export type Which = (subscription: ExpressionBuilder<Tables, 'subscriptions'>) => Expression<SqlBool>

export const EVERY: Which = () => sql`true`

interface DenialWords {
  /** For the operator. */
  why: string
  /** For the subscriber; without it, nothing is told. */
  reason?: string
  now: number
}

/** Not ended, or asked for again before it did: then it may come back. */
export const isLiving: Which = (s) =>
  s.or([
    s('state', '!=', 'ended'),
    s.exists(
      s.selectFrom('intents').select('intents.num').whereRef('subscription', '=', 'subscriptions.num'),
    ),
  ])

const OF_A_DENIAL = ['num', 'owner', 'topic', 'callback', 'host'] as const

type Denied = Pick<Row<'subscriptions'>, (typeof OF_A_DENIAL)[number]>

/** Ends them, and queues the word for their callbacks. What was asked for them and is not answered yet is forgotten. */
export function denySubscriptions(
  file: Sqlite.Database,
  which: Which,
  { why, reason, now }: DenialWords,
): void {
  const end = build
    .updateTable('subscriptions')
    .set({ state: 'ended', ended_why: why, undelivered: 1 })
    .where(isLiving)
    .where(which)
    .returning(OF_A_DENIAL)
  const denied = all(file, end)
  forgetIntents(file, denied)
  if (reason !== undefined) queueDenials(file, denied, reason, now)
}

/** The same for one whose row is about to go, in this commit. */
export function tellBeforeDeletion(file: Sqlite.Database, num: number, reason: string, now: number): void {
  const living = build.selectFrom('subscriptions').select(OF_A_DENIAL).where(isLiving).where('num', '=', num)
  queueDenials(file, all(file, living), reason, now)
  forgetIntents(file, [{ num }])
}

function forgetIntents(file: Sqlite.Database, subscriptions: readonly Pick<Denied, 'num'>[]): void {
  const nums = subscriptions.map(({ num }) => num)
  run(file, build.deleteFrom('intents').where('subscription', 'in', among(nums)))
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
export function withdraw(file: Sqlite.Database, owner: Owner, which: Which, words: DenialWords): void {
  const own: Which = (s) => s.and([s('owner', 'is', owner), s('state', '=', 'active'), which(s)])
  denySubscriptions(file, own, words)
  withdrawAsked(file, owner, which, words)
}

/** The half of it that is about what nobody has confirmed. */
export function withdrawAsked(file: Sqlite.Database, owner: Owner, which: Which, words: DenialWords): void {
  // What is not active is what somebody asked for, whoever had it before: it ends unless another asks for it too.
  const asked = build.selectFrom('intents').select('subscription').where('mode', '!=', 'denied')
  const alone: Which = (s) =>
    s.and([
      s('state', '!=', 'active'),
      s('num', 'in', asked.where('owner', 'is', owner)),
      s('num', 'not in', asked.where('owner', 'is not', owner)),
      which(s),
    ])
  denySubscriptions(file, alone, words)
  const forget = build
    .deleteFrom('intents')
    .where('owner', 'is', owner)
    .where('mode', '!=', 'denied')
    .where('subscription', 'in', build.selectFrom('subscriptions').select('num').where(which))
  run(file, forget)
}
