/**
 * `hub.mode=publish`: a ping for somebody's page, or content for a topic that a source registered.
 * Authenticate → read → judge → relay → publish.
 */
import type { Context } from 'koa'
import { Refusal } from '../core/errors.ts'
import type { Wake } from '../core/ports.ts'
import { isTopicName } from '../core/registered-topic.ts'
import { refuseRepeated } from '../core/subscribe-request.ts'
import { ping, type PingParts } from '../flow/ping.ts'
import { publish } from '../flow/publish.ts'
import type { RegisterParts } from '../flow/register.ts'
import { relay, type RelayParts } from '../flow/relay.ts'
import type { HubRequest } from './hub-request.ts'
import { nativeRequest, requireAuthentic } from './authentic.ts'
import { type IntakeParts, requireRoom } from './intake.ts'
import { tellingRefused } from './intake-refused.ts'
import { readNative } from './read-native.ts'

export interface HubPublishParts {
  /** The hub's public base URL. */
  url: string
  intake: IntakeParts
  relay: RelayParts
  register: RegisterParts
  ping: PingParts
  wake: Wake
}

/**
 * @returns the status of the answer, once everything is durable: what the topic's subscribers get, and the SETs that
 * it became; or that a page is to be fetched
 */
export async function publishAtHub(
  parts: HubPublishParts,
  ctx: Context,
  { form, parameters, body }: HubRequest,
): Promise<202 | 204> {
  const { url, intake, relay: relayParts } = parts
  const type = ctx.get('Content-Type')
  if (form !== undefined || (type === '' && body.length === 0)) return pingAtHub(parts, ctx, parameters)
  const topic = requireTopicName(url, parameters)
  const native = nativeRequest(ctx, body, intake.clock)
  const { source, provider } = requireAuthentic(intake, await intake.directory.sourceOfName(topic), native)
  await tellingRefused(intake, source, async () => {
    requireRoom(intake, source.id)
    requireJson(type)
    for (const event of readNative(intake.publish.catalogue, provider, source, native)) {
      await relay(relayParts, source, { topic, type, body }, event)
      await publish(intake.publish, source, event)
    }
  })
  return 202
}

/** @throws Refusal unless one topic is named, and by a name: URLs are the hub's own, or somebody's page */
export function requireTopicName(url: string, parameters: URLSearchParams): string {
  refuseRepeated(parameters, ['hub.topic'])
  const topic = parameters.get('hub.topic')
  if (!topic) throw new Refusal('malformed', 'hub.topic is missing; add it to the query.')
  if (topic.startsWith(`${url}/`)) {
    throw new Refusal(
      'forbidden',
      'This topic is the hub’s own; nobody else registers it or publishes to it.',
    )
  }
  if (/^https?:/i.test(topic)) {
    throw new Refusal('forbidden', 'A topic that is a web page is not registered, and takes no content.')
  }
  if (!isTopicName(topic)) {
    throw new Refusal('malformed', 'hub.topic is no name for a topic; use letters, digits and . _ ~ @ + -.')
  }
  return topic
}

/** As often as there are pages, with brackets or without, or numbered as PHP does: publishers differ. */
const PINGED = /^hub\.(url|topic)(\[\d*\])?$/

async function pingAtHub(
  { ping: parts, intake, wake }: HubPublishParts,
  ctx: Context,
  parameters: URLSearchParams,
): Promise<204> {
  intake.room.require()
  await ping(
    parts,
    [...parameters].filter(([name, value]) => PINGED.test(name) && value !== '').map(([, url]) => url),
  )
  // After the answer: the page may be served by the very program that waits for it.
  ctx.res.once('finish', () => wake('fetch'))
  return 204
}

/** The type goes out again as it came: nothing may stand in it that a header cannot hold. */
function requireJson(type: string): void {
  if (type.length <= 255 && /^application\/([\w.-]+\+)?json *(;[ -~]*)?$/i.test(type)) return
  throw new Refusal('unsupported-type', 'The content is not JSON; send Content-Type: application/json.')
}
