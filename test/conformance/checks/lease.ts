/** Leases short enough for their end to be waited for (WebSub §5.1). */
import { must, needs } from '../check.ts'
import type { Context } from '../context.ts'
import { type Callback, parameters } from '../site/callback.ts'
import type { Received } from '../site/server.ts'
import type { Topic } from '../site/topic.ts'

/** Milliseconds before the end of a lease within which its end may have come first. */
const CLOSE_TO_THE_END = 500

/** Seconds, as the question says; NaN where it says nothing. */
export const grantedLease = (asked: Received): number =>
  Number(parameters(asked, 'hub.lease_seconds').at(-1) ?? NaN)

/**
 * Subscribes for a short time.
 * @returns when the lease ends, in milliseconds since 1970
 * @throws NotApplicable when the hub grants no lease of about so many seconds
 */
export async function subscribeShortly(
  context: Context,
  topic: Topic,
  callback: Callback,
  lease = context.options.lease,
): Promise<number> {
  const asked = await context.subscribe(topic, callback, [['hub.lease_seconds', String(lease)]])
  const granted = grantedLease(asked)
  must(granted > 0, 'the challenge names no lease')
  needs(
    granted <= 2 * lease,
    `asked for ${lease} s, granted ${granted} s: too long to be waited for (--lease)`,
  )
  return asked.at + granted * 1000
}

/**
 * Subscribes for a short time, and sees content come before it is over; for longer where all is so slow that the
 * control, whose lease does not end, got it too late as well.
 */
export async function deliveredShortly(
  context: Context,
  topic: Topic,
  callback: Callback,
  control: Callback,
): Promise<{ content: string; endsAt: number }> {
  for (let { lease } = context.options; ; lease *= 2) {
    const endsAt = await subscribeShortly(context, topic, callback, lease)
    const content = await context.publish(topic)
    const { at } = await context.delivered(control, content)
    if (at > endsAt - CLOSE_TO_THE_END && callback.of(content).length === 0) continue
    await context.delivered(callback, content)
    return { content, endsAt }
  }
}
