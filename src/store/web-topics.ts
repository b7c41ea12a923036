import { randomUUID } from 'node:crypto'
import type Sqlite from 'better-sqlite3'
import { sql } from 'kysely'
import type { ClaimedFetch, FetchSettlement, SentPage, WebTopics } from '../core/content-ports.ts'
import { WEB } from '../core/web-topic.ts'
import { alive } from './alive.ts'
import type { Commits } from './commits.ts'
import { createContentWriter } from './contents.ts'
import { denySubscriptions, isLiving } from './denials.ts'
import { earliest } from './earliest.ts'
import type { Db } from './tables.ts'

/** Whether somebody is subscribed to the topic of `web_topics`. */
const isFollowed = (now: number) =>
  sql<boolean>`exists (select 1 from subscriptions s where s.topic = web_topics.topic and ${alive('s', now)})`

/** Pages that are to be fetched: claimed in single statements, settled under the claim. */
export function createWebTopics(db: Db, commits: Commits, file: Sqlite.Database): WebTopics {
  const settle = createSettle(file)
  /** Where the next look begins; the looks go round. */
  let after = ''
  return {
    ping: (topics, { now, dueAt, atLatest }) =>
      db.transaction().execute(async (tx) => {
        const living = await tx
          .selectFrom('subscriptions as s')
          .select('topic')
          .distinct()
          .where(
            'topic',
            'in',
            topics.map(({ topic }) => topic),
          )
          .where(alive('s', now))
          .execute()
        const followed = new Set(living.map(({ topic }) => topic))
        const noted = topics.filter(({ topic }) => followed.has(topic))
        for (const { topic, origin } of noted) {
          // A fetch under way sees to the time of the next one when it is settled.
          await sql`
            insert into web_topics (topic, origin, wanted, due_at) values (${topic}, ${origin}, 1, ${dueAt})
            on conflict (topic) do update set
              due_at = case
                when claim is null and wanted = 0 and due_at < ${dueAt} then ${dueAt}
                when claim is null and wanted > 0 and due_at > ${atLatest} then ${atLatest}
                else due_at end,
              attempts = case when claim is null then 0 else attempts end,
              wanted = wanted + 1`.execute(tx)
        }
        return noted.length
      }),

    async claim({ limit, now, until }) {
      const claim = randomUUID()
      const { rows } = await sql<Omit<ClaimedFetch, 'claim' | 'last'> & { last: string | null }>`
        update web_topics set claim = ${claim}, claimed_until = ${until}
        where topic in (
          select topic from (
            select topic, due_at, row_number() over (partition by origin order by due_at, topic) as place
            from web_topics
            where wanted > 0 and claim is null and due_at <= ${now} and ${isFollowed(now)}
              and origin not in (select origin from web_topics where claim is not null)
          ) as due where place = 1 order by due_at limit ${limit}
        )
        returning topic, wanted as pings, attempts, case when exists (
          select 1 from subscriptions s
          where s.topic = web_topics.topic and s.active_from < web_topics.sent_seq and ${alive('s', now)}
        ) then sent end as last`.execute(db)
      return rows.map(({ last, ...row }) => ({
        ...row,
        claim,
        ...(last !== null && { last: JSON.parse(last) as SentPage }),
      }))
    },

    settle: (claimed, settlement) => commits.durable(() => settle(claimed, settlement)),

    nextDue: () =>
      earliest(db, sql`select min(due_at) as due from web_topics where wanted > 0 and claim is null`),

    withdraw: (isTopic, now) =>
      db.transaction().execute(async (tx) => {
        const followed = await tx
          .selectFrom('subscriptions')
          .select('topic')
          .distinct()
          .where('tenant', '=', WEB)
          .where(isLiving)
          .execute()
        const words = { why: 'its page is no topic any more', reason: 'the page is no topic any more', now }
        for (const { topic } of followed.filter((each) => !isTopic(each.topic)))
          await denySubscriptions(tx, (eb) => eb.and({ tenant: WEB, topic }), words)
      }),

    async forget(limit, now) {
      const looked = await db
        .selectFrom('web_topics')
        .select('topic')
        .where('topic', '>', after)
        .orderBy('topic')
        .limit(limit)
        .execute()
      const last = looked.at(-1)?.topic ?? ''
      await sql`
        delete from web_topics
        where topic > ${after} and topic <= ${last} and claim is null and not ${isFollowed(now)}`.execute(db)
      after = looked.length < limit ? '' : last
    },
  }
}

/** @returns what settles a fetch, within a commit */
function createSettle(file: Sqlite.Database): (claimed: ClaimedFetch, settlement: FetchSettlement) => void {
  const insertContent = createContentWriter(file)
  const finish = file.prepare(
    `update web_topics set wanted = wanted - @answered, attempts = @attempts, due_at = @dueAt, claim = null,
       claimed_until = null
     where topic = @topic and claim = @claim`,
  )
  const noteSent = file.prepare('update web_topics set sent = ?, sent_seq = ? where topic = ?')
  return ({ topic, claim, pings, attempts }, settlement) => {
    const again = settlement.outcome === 'retry'
    const { dueAt } = settlement
    const after = { answered: again ? 0 : pings, attempts: again ? attempts + 1 : 0, dueAt }
    // Whoever has the claim now fetches it once more.
    if (finish.run({ topic, claim, ...after }).changes === 0 || settlement.outcome !== 'changed') return
    const { content, page, now } = settlement
    const seq = insertContent({ id: WEB, tenant: WEB }, { ...content, topic }, now)
    if (seq !== undefined) noteSent.run(JSON.stringify(page), seq, topic)
  }
}
