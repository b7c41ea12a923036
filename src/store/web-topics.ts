import { randomUUID } from 'node:crypto'
import type Sqlite from 'better-sqlite3'
import type { ClaimedFetch, FetchSettlement, SentPage, WebTopics } from '../core/content-ports.ts'
import { WEB } from '../core/web-topic.ts'
import { ALIVE } from './alive.ts'
import type { Commits } from './commits.ts'
import { createContentWriter } from './contents.ts'
import { denySubscriptions, isLiving } from './denials.ts'
import { read } from './faults.ts'
import { createRound } from './round.ts'
import { all, build, first } from './typed-sql.ts'

/** Whether somebody is subscribed to the topic. */
const isFollowed = (topic: string): string =>
  `exists (select 1 from subscriptions s where s.topic = ${topic} and ${ALIVE})`

/** Pages that are to be fetched: claimed in single statements, settled under the claim. */
export function createWebTopics(commits: Commits, file: Sqlite.Database): WebTopics {
  const settle = createSettle(file)
  // A fetch under way sees to the time of the next one when it is settled.
  const note = file.prepare(
    `insert into web_topics (topic, origin, wanted, due_at)
     select @topic, @origin, 1, @dueAt where ${isFollowed('@topic')}
     on conflict (topic) do update set
       due_at = case
         when claim is null and wanted = 0 and due_at < @dueAt then @dueAt
         when claim is null and wanted > 0 and due_at > @atLatest then @atLatest
         else due_at end,
       attempts = case when claim is null then 0 else attempts end,
       wanted = wanted + 1`,
  )
  const claim = file.prepare<[object], Omit<ClaimedFetch, 'last'> & { last: string | null }>(
    `update web_topics set claim = @claim, claimed_until = @until
     where topic in (
       select topic from (
         select topic, due_at, row_number() over (partition by origin order by due_at, topic) as place
         from web_topics
         where wanted > 0 and claim is null and due_at <= @now and ${isFollowed('web_topics.topic')}
           and origin not in (select origin from web_topics where claim is not null)
       ) as due where place = 1 order by due_at limit @limit
     )
     returning topic, claim, wanted as pings, attempts, case when exists (
       select 1 from subscriptions s
       where s.topic = web_topics.topic and s.active_from < web_topics.sent_seq and ${ALIVE}
     ) then sent end as last`,
  )
  const forgetNext = createRound(
    file,
    { topic: '' },
    'select topic from web_topics where topic > @topic order by topic limit @limit',
    `delete from web_topics where topic = @topic and claim is null and not ${isFollowed('@topic')}`,
  )
  return {
    ping: (topics, when) =>
      commits.durable(() => topics.filter((topic) => note.run({ ...topic, ...when }).changes > 0).length),

    claim: (options) =>
      commits.swift(() =>
        claim.all({ ...options, claim: randomUUID() }).map(({ last, ...row }) => ({
          ...row,
          ...(last !== null && { last: JSON.parse(last) as SentPage }),
        })),
      ),

    settle: (claimed, settlement) => commits.durable(() => settle(claimed, settlement)),

    nextDue: () =>
      read(() => {
        const waiting = build.selectFrom('web_topics').where('wanted', '>', 0).where('claim', 'is', null)
        return (
          first(
            file,
            waiting.select(({ fn }) => fn.min('due_at').as('at')),
          )?.at ?? undefined
        )
      }),

    withdraw: (isTopic, now) =>
      commits.durable(() => {
        const words = { why: 'its page is no topic any more', reason: 'the page is no topic any more', now }
        const pages = build.selectFrom('subscriptions').select('topic').distinct().where('tenant', '=', WEB)
        for (const { topic } of all(file, pages.where(isLiving)))
          if (!isTopic(topic)) denySubscriptions(file, (s) => s.and({ tenant: WEB, topic }), words)
      }),

    forget: (limit, now) => commits.durable(() => void forgetNext({ limit, now })),
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
