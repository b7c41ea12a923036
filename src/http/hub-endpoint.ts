/** `POST /hub`: the hub's side of WebSub, and of the protocol by which WSO2 publishes. One mode, one handler. */
import type { Context, Middleware } from 'koa'
import { Refusal } from '../core/errors.ts'
import { refuseRepeated } from '../core/subscribe-request.ts'
import { deregister, register } from '../flow/register.ts'
import { publishAtHub, requireTopicName, type HubPublishParts } from './hub-publish.ts'
import { type HubRequest, readHubRequest, requireForm } from './hub-request.ts'
import { subscribeAtHub, type HubSubscribeParts } from './hub-subscribe.ts'
import { nativeRequest, requireAuthentic } from './authentic.ts'
import { requireRoom } from './intake.ts'
import { refuseUnread, tellingRefused } from './intake-refused.ts'

export interface HubEndpointParts {
  subscribe: HubSubscribeParts
  publish: HubPublishParts
  /** Bytes. */
  maxBody: number
}

export function hubEndpoint(parts: HubEndpointParts): Middleware {
  return async (ctx) => {
    const { intake } = parts.publish
    const request = await readHubRequest(ctx, parts.maxBody).catch((error: unknown) =>
      refuseUnread(intake, () => intake.directory.sourceOfName(String(ctx.query['hub.topic'] ?? '')), error),
    )
    const mode = modeOf(request)
    ctx.status = await HANDLERS[mode](parts, ctx, request)
    if (ctx.status === 204) return
    // What publishers of WSO2's kind take for success, to the byte.
    ctx.type = 'text/plain; charset=utf-8'
    ctx.body = 'hub.mode=accepted'
  }
}

type Handler = (parts: HubEndpointParts, ctx: Context, request: HubRequest) => Promise<200 | 202 | 204>

const HANDLERS = {
  subscribe: ({ subscribe }, ctx, request) => subscribeAtHub(subscribe, ctx, request),
  unsubscribe: ({ subscribe }, ctx, request) => subscribeAtHub(subscribe, ctx, request),
  publish: ({ publish }, ctx, request) => publishAtHub(publish, ctx, request),
  register: ({ publish }, ctx, request) => changeTopic(publish, ctx, request, register),
  deregister: ({ publish }, ctx, request) => changeTopic(publish, ctx, request, deregister),
} satisfies Record<string, Handler>

type Mode = keyof typeof HANDLERS
const MODES = Object.keys(HANDLERS) as Mode[]

function modeOf(request: HubRequest): Mode {
  refuseRepeated(request.parameters, ['hub.mode'])
  const given = request.parameters.get('hub.mode')
  const mode = MODES.find((known) => known === given)
  if (mode !== undefined) return mode
  // What is no form at all is told so: its parameters may stand in it.
  if (given === null) requireForm(request)
  throw new Refusal('malformed', `hub.mode is none of ${MODES.join(', ')}.`)
}

async function changeTopic(
  { intake, register: parts, url }: HubPublishParts,
  ctx: Context,
  { parameters, body }: HubRequest,
  change: typeof register,
): Promise<200> {
  const topic = requireTopicName(url, parameters)
  const found = await intake.directory.sourceOfName(topic)
  const { source } = requireAuthentic(intake, found, nativeRequest(ctx, body, intake.clock))
  await tellingRefused(intake, source, () => {
    requireRoom(intake, source.id)
    return change(parts, source, topic)
  })
  return 200
}
