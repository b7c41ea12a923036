/** Verification of intent (WebSub §5.3): the question, and what counts as a yes. */
import { type Check, check, must, needs } from '../check.ts'
import type { Context } from '../context.ts'
import { linksOf, told } from '../hub-client.ts'
import { type Callback, challengeOf, echo, parameters } from '../site/callback.ts'
import type { Handler, Received } from '../site/server.ts'
import type { Topic } from '../site/topic.ts'
import { endlessAnswer } from './endless.ts'

/** A query that a URL parser would write in another way, or take for the hub's own. */
export const OWN_QUERY = "?a=%20&b=%7e&c=x+y&d=1&d=2&d&hub.mode=own&hub.topic=mine&e='()*&f=%c3%a9"

function once(asked: Received, name: string): string {
  const values = parameters(asked, name)
  must(values.length === 1, `${name} came ${values.length} times: ${asked.target}`)
  return values[0] ?? ''
}

/** Subscribes callbacks that say something else than yes; none of them may get what a willing one gets. */
async function confirmsNone(context: Context, answers: Record<string, Handler>): Promise<void> {
  const topic = context.topic()
  const control = context.callback()
  const unwilling = Object.entries(answers).map(([what, verify]) => ({
    what,
    callback: context.callback({ verify }),
  }))
  await Promise.all([
    context.subscribe(topic, control),
    ...unwilling.map(({ callback }) => context.subscribe(topic, callback)),
  ])
  await context.delivered(control, await context.publish(topic))
  const delivered = () => unwilling.filter(({ callback }) => callback.deliveries().length > 0)
  await context.until(() => delivered().length > 0, context.options.quiet)
  const what = delivered().map((one) => one.what)
  must(what.length === 0, `taken for a yes: ${what.join(', ')}`)
}

const same = (challenge: string): string => challenge

const swapCase = (text: string): string =>
  text.replace(/[a-z]/gi, (letter) =>
    letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase(),
  )

const saying =
  (status: number, write: (challenge: string) => string): Handler =>
  (request) => ({ status, body: write(challengeOf(request)) })

async function firstQuestion(context: Context, topic: Topic, callback: Callback): Promise<Received> {
  const answer = await context.ask('subscribe', topic, callback)
  must(answer.status === 202, `the answer was ${told(answer)}`)
  must(await context.until(() => callback.requests.length > 0), 'no verification came')
  return callback.requests[0] as unknown as Received
}

/** Answers the first question so, the next as it should be. */
async function isAskedAgain(context: Context, atFirst: Handler): Promise<void> {
  const topic = context.topic()
  const callback = context.callback()
  callback.verify = (request) => (callback.verifications().length > 1 ? echo(request) : atFirst(request))
  await firstQuestion(context, topic, callback)
  const again = await context.until(() => callback.verifications()[1]?.answered === true)
  needs(again, `not asked again within ${context.options.patience / 1000} s`)
  const [first, second] = callback.verifications().map(challengeOf)
  must(first !== second, 'asked again with the challenge that was sent before')
  await context.pause(context.options.settle)
  await context.delivered(callback, await context.publish(topic))
}

export const verification: Check[] = [
  check(
    'verification/parameters',
    8,
    'must',
    'asks by GET with mode, topic, challenge and the lease that it grants',
    async (context) => {
      const topic = context.topic()
      const asked = await context.subscribe(topic, context.callback())
      must(asked.method === 'GET', `asked by ${asked.method}`)
      must(once(asked, 'hub.mode') === 'subscribe', `hub.mode was ${once(asked, 'hub.mode')}`)
      must(once(asked, 'hub.topic') === topic.url, `hub.topic was ${once(asked, 'hub.topic')}`)
      const lease = once(asked, 'hub.lease_seconds')
      must(/^[1-9]\d*$/.test(lease), `hub.lease_seconds was ${lease}`)
      return `${lease} s for whoever names no lease`
    },
  ),
  check(
    'verification/challenge',
    8,
    'must',
    'makes a new challenge each time, too long to be guessed, of plain characters',
    async (context) => {
      const topic = context.topic()
      const callback = context.callback()
      for (let n = 0; n < 3; n += 1) await context.subscribe(topic, callback)
      const challenges = callback.verifications().map((asked) => once(asked, 'hub.challenge'))
      must(new Set(challenges).size === challenges.length, `repeated: ${challenges.join(', ')}`)
      // 22 characters of six bits are 128 bits.
      const plain = challenges.every((challenge) => /^[A-Za-z0-9_-]{22,}$/.test(challenge))
      must(plain, `not 22 or more of A-Z a-z 0-9 _ -: ${challenges[0] ?? ''}`)
    },
  ),
  check('verification/unsubscribe', 8, 'must', 'asks before it unsubscribes too', async (context) => {
    const topic = context.topic()
    const callback = context.callback()
    await context.subscribe(topic, callback)
    const asked = await context.unsubscribe(topic, callback)
    must(once(asked, 'hub.topic') === topic.url, `hub.topic was ${once(asked, 'hub.topic')}`)
    must(once(asked, 'hub.challenge') !== '', 'hub.challenge was empty')
  }),
  check(
    'verification/callback-query',
    9,
    'must',
    'keeps the callback’s own query byte for byte, and appends to it',
    async (context) => {
      const topic = context.topic()
      const callback = context.callback({}, OWN_QUERY)
      const { target } = await firstQuestion(context, topic, callback)
      must(target.startsWith(`${callback.target}&`), `asked at ${target}`)
      const appended = new URLSearchParams(target.slice(callback.target.length + 1))
      must(appended.get('hub.mode') === 'subscribe', `appended: ${appended.toString()}`)
      must(appended.get('hub.topic') === topic.url, `appended: ${appended.toString()}`)
    },
  ),
  check('verification/topic-query', 9, 'must', 'encodes a topic that has a query', async (context) => {
    const topic = context.topic({}, '?a=1&b=%20x+y&hub.mode=own')
    const callback = context.callback()
    const asked = await firstQuestion(context, topic, callback)
    must(once(asked, 'hub.topic') === topic.url, `hub.topic was ${once(asked, 'hub.topic')}`)
    must(once(asked, 'hub.mode') === 'subscribe', `hub.mode was ${once(asked, 'hub.mode')}`)
    must(await context.until(() => callback.verifications()[0]?.answered === true), 'no verification came')
    await context.pause(context.options.settle)
    const delivery = await context.delivered(callback, await context.publish(topic))
    const [self] = linksOf(delivery, 'self')
    must(self === topic.url, `rel="self" was ${self ?? 'missing'}, not ${topic.url}`)
  }),
  check(
    'verification/exact-challenge',
    10,
    'must',
    'takes nothing but the very challenge for a yes',
    (context) =>
      confirmsNone(context, {
        'a newline behind it': saying(200, (challenge) => `${challenge}\n`),
        'a space before it': saying(200, (challenge) => ` ${challenge}`),
        'all but its last character': saying(200, (challenge) => challenge.slice(0, -1)),
        'the other case': saying(200, swapCase),
        'it twice': saying(200, (challenge) => challenge + challenge),
        nothing: saying(200, () => ''),
      }),
  ),
  check(
    'verification/any-2xx',
    10,
    'must',
    'takes the challenge for a yes with any 2xx, type and transfer coding',
    async (context) => {
      const topic = context.topic()
      const answers: Record<string, Handler> = {
        '201': saying(201, same),
        '202': saying(202, same),
        '299': saying(299, same),
        'text/html': (request) => ({ ...echo(request), headers: { 'Content-Type': 'text/html' } }),
        'two pieces': (request) => (response) => {
          const challenge = challengeOf(request)
          response.write(challenge.slice(0, 5), () => response.end(challenge.slice(5)))
        },
      }
      const callbacks = Object.entries(answers).map(([what, verify]) => ({
        what,
        callback: context.callback({ verify }),
      }))
      await Promise.all(callbacks.map(({ callback }) => context.subscribe(topic, callback)))
      const content = await context.publish(topic)
      const without = () => callbacks.filter(({ callback }) => callback.of(content).length === 0)
      await context.until(() => without().length === 0)
      const what = without().map((one) => one.what)
      must(what.length === 0, `not taken for a yes: ${what.join(', ')}`)
    },
  ),
  check(
    'verification/unsubscribe-exact',
    10,
    'must',
    'takes nothing but the very challenge for a yes to unsubscribing',
    async (context) => {
      const topic = context.topic()
      const callback = context.callback()
      await context.subscribe(topic, callback)
      callback.verify = saying(200, () => 'ok')
      await context.unsubscribe(topic, callback)
      await context.delivered(callback, await context.publish(topic))
    },
  ),
  check('verification/redirect', 10, 'must', 'takes a redirect for a no', async (context) => {
    const elsewhere = context.callback()
    const moved =
      (status: number): Handler =>
      (request) => ({
        status,
        headers: { Location: `${elsewhere.url}?${request.target.split('?')[1] ?? ''}` },
        body: challengeOf(request),
      })
    await confirmsNone(context, {
      '301': moved(301),
      '302': moved(302),
      '303': moved(303),
      '307': moved(307),
      '308': moved(308),
    })
    must(elsewhere.requests.length === 0, 'the redirect was followed')
  }),
  check('verification/refusal', 10, 'must', 'takes 4xx and 5xx for no yes, whatever the body', (context) =>
    confirmsNone(context, {
      '400 with the challenge': saying(400, same),
      '404 with the challenge': saying(404, same),
      '410 with the challenge': saying(410, same),
      '500 with the challenge': saying(500, same),
    }),
  ),
  check(
    'verification/endless-answer',
    10,
    'strict',
    'reads no more of an answer than it needs',
    async (context) => {
      const endless = endlessAnswer()
      const callback = context.callback({ verify: (request) => endless.reply(200, challengeOf(request)) })
      await firstQuestion(context, context.topic(), callback)
      await endless.isCutOff(context)
    },
  ),
  check(
    'verification/asked-again',
    11,
    'strict',
    'asks again, with a new challenge, when the callback is out of order',
    (context) => isAskedAgain(context, (request) => ({ status: 503, body: challengeOf(request) })),
  ),
  check(
    'verification/asked-again-unreachable',
    11,
    'strict',
    'asks again, with a new challenge, when the callback breaks off',
    (context) => isAskedAgain(context, () => (response) => void response.socket?.destroy()),
  ),
]
