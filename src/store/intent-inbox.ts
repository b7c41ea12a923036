import type Sqlite from 'better-sqlite3'
import type { IntentInbox, IntentRequest, IntentRoom } from '../core/store-ports.ts'
import { isAlive } from './alive.ts'
import type { Commits } from './commits.ts'
import { createCrowds, OLDER } from './crowds.ts'
import type { Row } from './tables.ts'

type Outcome = Awaited<ReturnType<IntentInbox['request']>>

/** Requests to subscribe or unsubscribe come in; what is active is not touched before the callback's word. */
export function createIntentInbox(commits: Commits, file: Sqlite.Database): IntentInbox {
  const request = createIntentRequest(file)
  return { request: (asked, room) => commits.durable(() => request(asked, room)) }
}

export type RequestIntent = (request: IntentRequest, room: IntentRoom) => Outcome

/** @returns the same as a part of a commit */
export function createIntentRequest(file: Sqlite.Database): RequestIntent {
  const find = file.prepare<[string, string], Row<'subscriptions'>>(
    'select * from subscriptions where topic = ? and callback = ?',
  )
  // Who asks need not be told any more that an earlier life of the subscription was denied.
  const forgetDenials = file.prepare(
    `delete from intents where mode = 'denied' and topic = @topic and callback = @callback and owner is @owner
       and claim is null`,
  )
  // Who asks again means the newer request: the older ones that still wait would only take others' places.
  const supersede = file.prepare(`delete from intents where ${OLDER}`)
  const hasAsked = file.prepare<[object]>(
    'select 1 from intents where subscription = @subscription and owner is @owner limit 1',
  )
  // A new life is the asker's, and nothing of how the last one was lasts. The tenant is the asker's too: names of
  // topics may have gone to another source.
  const revive = file.prepare(
    `update subscriptions set state = 'pending', ended_why = null, tenant = @tenant, owner = @owner, paused = @paused
     where num = @subscription`,
  )
  // The operator sees a new subscription from the moment it is asked for.
  const appear = file.prepare(
    `insert into subscriptions (id, tenant, owner, topic, callback, origin, host, state, paused, created_at)
     values (@id, @tenant, @owner, @topic, @callback, @origin, @host, 'pending', @paused, @now)`,
  )
  const queue = file.prepare(
    `insert into intents (id, subscription, owner, topic, callback, host, client, mode, kind, secret_sealed, lease_seconds,
       renewing, vouched, verify_token, attempts, due_at)
     values (@id, @subscription, @owner, @topic, @callback, @host, @client, @mode, 'ask', @secretSealed, @leaseSeconds,
       @renewing, @vouched, @verifyToken, @attempts, @now)`,
  )

  const crowds = createCrowds(file)

  return (request, room) => {
    const { intent, tenant, owner, origin, host, client = null, now } = request
    const { id, mode, topic, callback } = intent
    const existing = find.get(topic, callback)
    const isForeign = existing !== undefined && isAlive(existing, now) && existing.owner !== owner
    const before = { subscription: existing?.num ?? 0, mode, owner }
    const isNew = existing === undefined || existing.state === 'ended'
    // What its owner asked for before it ended may still bring it back.
    const isGone = isNew && (existing === undefined || hasAsked.get(before) === undefined)
    if (mode === 'unsubscribe' && (isForeign || isGone)) return 'nothing'
    if (isForeign) return 'taken'
    const crowded = isNew ? crowds.noRoomFor(request, room) : undefined
    if (crowded !== undefined) return crowded
    if (!crowds.mayWait(request, before, room)) return 'full'
    forgetDenials.run({ topic, callback, owner })
    supersede.run(before)

    const whose = { tenant, owner, paused: Number(request.paused ?? false) }
    const subscription =
      existing?.num ?? appear.run({ ...whose, id, topic, callback, origin, host, now }).lastInsertRowid
    if (existing?.state === 'ended') revive.run({ ...whose, subscription })
    crowds.grow(request, isNew)
    queue.run({
      ...{ id, subscription, owner, topic, callback, host, client, mode, now },
      secretSealed: request.secretSealed ?? null,
      leaseSeconds: intent.leaseSeconds,
      renewing: Number(request.renewing),
      vouched: Number(intent.vouched ?? false),
      verifyToken: intent.verifyToken ?? null,
      attempts: intent.attempts,
    })
    return 'queued'
  }
}
