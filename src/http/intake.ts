/** `POST /in/{source}`: a provider's own webhook. Authenticate → read → judge → publish → answer as providers expect. */
import type { Context, Middleware } from 'koa'
import { validAuths } from '../core/credentials.ts'
import { Refusal } from '../core/errors.ts'
import type { Clock } from '../core/ports.ts'
import type { NativeEvent } from '../core/reading.ts'
import { isReplay, type Source } from '../core/source.ts'
import { faultOfStated } from '../core/stated.ts'
import type { Directory } from '../core/store-ports.ts'
import type { ForwardParts } from '../flow/forward.ts'
import { publish, type Published, type PublishParts } from '../flow/publish.ts'
import type { NativeRequest, Provider } from '../providers/provider.ts'
import { notingUnavailable, tellRefused, type RefusedParts } from './intake-refused.ts'
import { readRawBody } from './raw-body.ts'
import { takeSet } from './set-intake.ts'

export interface IntakeParts extends RefusedParts {
  directory: Directory
  providers: ReadonlyMap<string, Provider>
  publish: PublishParts
  forward: ForwardParts
  clock: Clock
  /** Bytes. */
  maxBody: number
}

export function intake(parts: IntakeParts): Middleware {
  return async (ctx) => {
    const id = (ctx.params as { source: string }).source
    const body = await readRawBody(ctx, parts.maxBody).catch((error: unknown) =>
      refuseUnread(parts, id, error),
    )
    const peer = ctx.req.socket.remoteAddress
    const request: NativeRequest = {
      headers: headersOf(ctx),
      body,
      receivedAt: parts.clock.now(),
      ...(peer !== undefined && { peer }),
    }
    const found = await parts.directory.source(id)
    if (found?.auth.method === 'jwt') {
      const { source, auth } = found
      return notingUnavailable(parts, source, () => takeSet(ctx, parts, source, auth, body))
    }
    const { source, provider } = authenticate(parts, found, request)
    const natives = read(parts, provider, source, request)
    requireSound(parts, source, natives)
    requireFresh(parts, source, request, natives)
    const published: Published[] = []
    for (const native of natives) {
      published.push(await notingUnavailable(parts, source, () => publish(parts.publish, source, native)))
    }
    answer(ctx, published)
  }
}

/** A body that was too large, compressed or cut short; nobody has proved who sent it. */
async function refuseUnread(parts: IntakeParts, id: string, error: unknown): Promise<never> {
  const found = error instanceof Refusal ? await parts.directory.source(id) : undefined
  if (found !== undefined) tellRefused(parts, found.source, (error as Refusal).message)
  throw error
}

/** One answer for an unknown source and a wrong credential: nobody learns which sources there are. */
function authenticate(
  parts: IntakeParts,
  found: Awaited<ReturnType<Directory['source']>>,
  request: NativeRequest,
): { source: Source; provider: Provider } {
  const provider = found && parts.providers.get(found.source.provider)
  if (found !== undefined && provider !== undefined) {
    const auths = validAuths(found, request.receivedAt)
    if (auths.some((auth) => provider.authenticate(request, auth))) return { source: found.source, provider }
  }
  const why = 'not authentic'
  // Nothing is kept of a source that there is not: strangers can name any.
  if (found === undefined) parts.observer.intakeRefused({ source: 'unknown', why })
  else tellRefused(parts, found.source, why)
  throw new Refusal(
    'unauthenticated',
    'There is no such source, or the request does not prove that it comes from it.',
  )
}

function read(parts: IntakeParts, provider: Provider, source: Source, request: NativeRequest): NativeEvent[] {
  try {
    return provider.read(request)
  } catch (error) {
    if (error instanceof Refusal) tellRefused(parts, source, error.message)
    throw error
  }
}

/** All of them, before the first is taken in: bad input changes nothing. */
function requireSound(parts: IntakeParts, source: Source, natives: NativeEvent[]): void {
  const fault = faultOfStated(natives, source, parts.publish.catalogue)
  if (fault === undefined) return
  // The sentence may name a claim of the publisher's, which is for its eyes and not for the log.
  tellRefused(parts, source, 'an event is not as the catalogue has it')
  throw new Refusal('malformed', fault)
}

/** What somebody kept to send it again proves itself as well as it did the first time. */
function requireFresh(
  parts: IntakeParts,
  source: Source,
  { receivedAt }: NativeRequest,
  natives: readonly NativeEvent[],
): void {
  if (!natives.some(({ occurredAt }) => isReplay(occurredAt, receivedAt, source))) return
  tellRefused(parts, source, 'replay: the event is older than max_age')
  throw new Refusal('unauthenticated', "The event is older than the source's max_age: taken for a replay.")
}

/** Whatever yields nothing is 200: providers take anything else for an outage. */
function answer(ctx: Context, published: Published[]): void {
  const events = published.flatMap((each) => (each.kind === 'accepted' ? each.events : []))
  const why = published.flatMap((each) => (each.kind === 'passed over' ? [each.why] : []))[0]
  ctx.status = events.length > 0 || why === undefined ? 202 : 200
  ctx.body = ctx.status === 202 ? { accepted: events.length, events } : { accepted: 0, reason: why }
}

function headersOf(ctx: Context): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(ctx.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : value,
    ]),
  )
}
