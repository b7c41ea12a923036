/** `POST /in/{source}`: a provider's own webhook. Authenticate → read → judge → publish → answer as providers expect. */
import type { Context, Middleware } from 'koa'
import { Refusal } from '../core/errors.ts'
import type { Clock, Observer } from '../core/ports.ts'
import type { NativeEvent } from '../core/reading.ts'
import { isReplay, type Source } from '../core/source.ts'
import { faultOfStated } from '../core/stated.ts'
import type { Directory, KnownSource } from '../core/store-ports.ts'
import type { ForwardParts } from '../flow/forward.ts'
import { publish, type Published, type PublishParts } from '../flow/publish.ts'
import type { NativeRequest, Provider } from '../providers/provider.ts'
import { readRawBody } from './raw-body.ts'
import { takeSet } from './set-intake.ts'

export interface IntakeParts {
  directory: Directory
  providers: ReadonlyMap<string, Provider>
  publish: PublishParts
  forward: ForwardParts
  clock: Clock
  observer: Observer
  /** Bytes. */
  maxBody: number
}

export function intake(parts: IntakeParts): Middleware {
  return async (ctx) => {
    const body = await readRawBody(ctx, parts.maxBody)
    const request = nativeRequest(ctx, body, parts.clock)
    const found = await parts.directory.source((ctx.params as { source: string }).source)
    if (found?.auth.method === 'jwt') return takeSet(ctx, parts.forward, found.source, found.auth, body)
    const { source, provider } = requireAuthentic(parts, found, request)
    const natives = readNative(parts, provider, source, request)
    requireSound(parts, source, natives)
    requireFresh(parts, source, request, natives)
    const published: Published[] = []
    for (const native of natives) {
      published.push(await publish(parts.publish, source, native))
    }
    answer(ctx, published)
  }
}

export function nativeRequest(ctx: Context, body: Buffer, clock: Clock): NativeRequest {
  const peer = ctx.req.socket.remoteAddress
  return { headers: headersOf(ctx), body, receivedAt: clock.now(), ...(peer !== undefined && { peer }) }
}

/** Whether the request proves that it comes from this source. */
export const isAuthentic = (
  providers: IntakeParts['providers'],
  { source, auth }: KnownSource,
  request: NativeRequest,
): boolean => providers.get(source.provider)?.authenticate(request, auth) === true

/** One answer for an unknown source and a wrong credential: nobody learns which sources there are. */
export function requireAuthentic(
  { providers, observer }: IntakeParts,
  found: KnownSource | undefined,
  request: NativeRequest,
): { source: Source; provider: Provider } {
  const provider = found && providers.get(found.source.provider)
  if (found !== undefined && provider?.authenticate(request, found.auth) === true) {
    return { source: found.source, provider }
  }
  observer.intakeRefused({ source: found?.source.id ?? 'unknown', why: 'not authentic' })
  throw new Refusal(
    'unauthenticated',
    'There is no such source, or the request does not prove that it comes from it.',
  )
}

export function readNative(
  { observer }: IntakeParts,
  provider: Provider,
  source: Source,
  request: NativeRequest,
): NativeEvent[] {
  try {
    return provider.read(request)
  } catch (error) {
    if (error instanceof Refusal) observer.intakeRefused({ source: source.id, why: error.message })
    throw error
  }
}

/** All of them, before the first is taken in: bad input changes nothing. */
function requireSound(
  { publish: { catalogue }, observer }: IntakeParts,
  source: Source,
  natives: NativeEvent[],
): void {
  const fault = faultOfStated(natives, source, catalogue)
  if (fault === undefined) return
  // The sentence may name a claim of the publisher's, which is for its eyes and not for the log.
  observer.intakeRefused({ source: source.id, why: 'an event is not as the catalogue has it' })
  throw new Refusal('malformed', fault)
}

/** What somebody kept to send it again proves itself as well as it did the first time. */
export function requireFresh(
  { observer }: IntakeParts,
  source: Source,
  { receivedAt }: NativeRequest,
  natives: readonly NativeEvent[],
): void {
  if (!natives.some(({ occurredAt }) => isReplay(occurredAt, receivedAt, source))) return
  observer.intakeRefused({ source: source.id, why: 'replay: the event is older than max_age' })
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
