/** `hub.mode=subscribe` and `unsubscribe` (WebSub §5.1). Judge the form → admit → queue. */
import type { Context } from 'koa'
import type { AllowList } from '../core/address.ts'
import { Refusal } from '../core/errors.ts'
import type { Wake } from '../core/ports.ts'
import { readSubscribeRequest } from '../core/subscribe-request.ts'
import { isWebTopic } from '../core/web-topic.ts'
import { subscribe, type SubscribeParts } from '../flow/subscribe.ts'
import { bearerToken } from './bearer.ts'
import { countedAs } from './client.ts'
import { type HubRequest, requireForm } from './hub-request.ts'
import { nativeRequest, type Providers, provenBy } from './authentic.ts'

export interface HubSubscribeParts {
  subscribe: SubscribeParts
  providers: Providers
  outboundAllow: AllowList
  wake: Wake
}

export async function subscribeAtHub(
  parts: HubSubscribeParts,
  ctx: Context,
  request: HubRequest,
): Promise<202> {
  const form = requireForm(request)
  const { url, topicOrigins } = parts.subscribe
  const allowFor = (topic: string): AllowList => ({
    ...parts.outboundAllow,
    inTheClear: isWebTopic(topic, url, topicOrigins),
  })
  const asked = readSubscribeRequest(request.parameters, allowFor, url)
  const token = tokenOf(bearerToken(ctx), request.query.get('access_token'), form.get('access_token'))
  const native = nativeRequest(ctx, request.body, parts.subscribe.clock)
  await subscribe(parts.subscribe, asked, {
    ...(token !== undefined && { token }),
    client: countedAs(ctx),
    isSource: (known) => provenBy(parts.providers, known, native) !== undefined,
  })
  // After the answer: the callback may be the very program that waits for it.
  ctx.res.once('finish', () => parts.wake('verify'))
  return 202
}

/** RFC 6750 §2: one way of sending the token, and never in the URL, where it would end up in logs. */
function tokenOf(header: string | undefined, query: string | null, form: string | null): string | undefined {
  if (query !== null)
    throw new Refusal('malformed', 'access_token stands in the URL; send it in the form or the header.')
  if (header !== undefined && form !== null) {
    throw new Refusal('malformed', 'The token is given twice; send it in the header or as access_token.')
  }
  return header ?? form ?? undefined
}
