/** `POST /hub`: the hub's side of WebSub. Read → judge the form → admit → queue → 202. */
import type { Middleware } from 'koa'
import type { AllowList } from '../core/address.ts'
import { Refusal } from '../core/errors.ts'
import type { Wake } from '../core/ports.ts'
import { readSubscribeRequest } from '../core/subscribe-request.ts'
import { subscribe, type SubscribeParts } from '../flow/subscribe.ts'
import { bearerToken } from './bearer.ts'
import { readForm } from './form.ts'

export interface HubEndpointParts {
  subscribe: SubscribeParts
  outboundAllow: AllowList
  wake: Wake
  /** Bytes. */
  maxBody: number
}

export function hubEndpoint(parts: HubEndpointParts): Middleware {
  return async (ctx) => {
    const { query, body } = await readForm(ctx, parts.maxBody)
    const parameters = new URLSearchParams([...query, ...body])
    const request = readSubscribeRequest(parameters, parts.outboundAllow)
    const token = tokenOf(bearerToken(ctx), query.get('access_token'), body.get('access_token'))
    await subscribe(parts.subscribe, request, token)
    // After the answer: the callback may be the very program that waits for it.
    ctx.res.once('finish', () => parts.wake('verify'))
    ctx.status = 202
    ctx.type = 'text/plain; charset=utf-8'
    ctx.body = 'hub.mode=accepted'
  }
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
