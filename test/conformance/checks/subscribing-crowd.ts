/** Many subscriptions at once (WebSub §5.1): none is lost, and no host is flooded with questions. */
import { type Check, check, must, needs } from '../check.ts'
import type { Context } from '../context.ts'
import { type Answer, told } from '../hub-client.ts'
import { type Callback, echo } from '../site/callback.ts'
import { header } from '../site/server.ts'
import type { Topic } from '../site/topic.ts'

const MANY = 500
/** More questions than a hub should put to one host before the first is answered. */
const TOO_MANY_AT_ONCE = 200
const CONNECTIONS = 50

/** A hub with too much to do may say so, as long as it says so: it is asked again for as long as patience lasts. */
async function askUntilTaken(context: Context, topic: Topic, callback: Callback): Promise<Answer> {
  const { patience } = context.options
  const deadline = performance.now() + patience
  for (;;) {
    const answer = await context.ask('subscribe', topic, callback)
    const busy = answer.status === 429 || answer.status === 503
    if (!busy || performance.now() > deadline) return answer
    const seconds = Number(header(answer, 'Retry-After')[0] ?? 1)
    await context.pause(Math.min(Number.isFinite(seconds) ? seconds * 1000 : 1000, patience))
  }
}

async function subscribeAll(context: Context, topic: Topic, callbacks: readonly Callback[]): Promise<void> {
  const waiting = [...callbacks]
  const refused: Answer[] = []
  const asking = async () => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const answer = await askUntilTaken(context, topic, next)
      if (answer.status !== 202) refused.push(answer)
    }
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, asking))
  const [first] = refused
  if (first === undefined) return
  const seen = `${refused.length} of ${callbacks.length} were not taken: ${told(first)}`
  needs(first.status !== 429, `${seen}; a hub may limit how many it takes`)
  must(false, seen)
}

/** Waits as long as it goes on: how much a hub does at a time is its own affair. */
async function reachesAll(context: Context, all: number, count: () => number): Promise<boolean> {
  for (let reached = count(); reached < all; reached = count()) {
    const before = reached
    if (!(await context.until(() => count() > before))) return false
  }
  return true
}

const alone = (made: Check): Check => ({ ...made, alone: true })

export const crowd: Check[] = [
  alone(
    check(
      'subscribing/crowd',
      6,
      'strict',
      `loses none of ${MANY} subscriptions asked for together`,
      async (context) => {
        const topic = context.topic()
        const callbacks = Array.from({ length: MANY }, () => context.callback())
        await subscribeAll(context, topic, callbacks)
        const count = (reached: (callback: Callback) => boolean) => callbacks.filter(reached).length
        const verified = () => count((callback) => callback.verifications().some(({ answered }) => answered))
        must(await reachesAll(context, MANY, verified), `${verified()} of ${MANY} were verified`)
        await context.pause(2 * context.options.settle)
        const content = await context.publish(topic)
        const reached = () => count((callback) => callback.of(content).length > 0)
        must(await reachesAll(context, MANY, reached), `${reached()} of ${MANY} got the next content`)
        const twice = count((callback) => callback.of(content).length > 1)
        must(twice === 0, `${twice} of ${MANY} got it twice`)
      },
    ),
  ),
  alone(
    check(
      'subscribing/crowd-paced',
      6,
      'strict',
      'asks the callbacks of one host a few at a time',
      async (context) => {
        const { promise: gate, resolve: open } = Promise.withResolvers<undefined>()
        const callbacks = Array.from({ length: TOO_MANY_AT_ONCE }, () =>
          context.callback({ verify: (request) => gate.then(() => echo(request)) }),
        )
        const asked = () => callbacks.filter((callback) => callback.verifications().length > 0).length
        try {
          await subscribeAll(context, context.topic(), callbacks)
          must(await context.until(() => asked() > 0), 'no verification came')
          await context.never(
            () => asked() === TOO_MANY_AT_ONCE,
            `all of ${TOO_MANY_AT_ONCE} were asked before the first had answered`,
          )
        } finally {
          open(undefined)
        }
        must(await reachesAll(context, TOO_MANY_AT_ONCE, asked), `${asked()} were asked at last`)
      },
    ),
  ),
]
