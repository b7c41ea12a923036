/** What a request to subscribe may look like (WebSub §5.1). */
import { type Check, check, must } from '../check.ts'
import { type Context, formFor } from '../context.ts'
import { type Answer, encode, type Form, isRefused, told } from '../hub-client.ts'
import { type Callback, isSigned, parameters } from '../site/callback.ts'
import { header } from '../site/server.ts'
import { grantedLease } from './lease.ts'
import { signatureOf } from './rocks.ts'

type Variant = readonly [what: string, form: Form]

/** A hub that refuses whatever it is asked would pass all that asks for refusals. */
async function takesWhatIsRight(context: Context): Promise<void> {
  const answer = await context.ask('subscribe', context.topic(), context.callback())
  must(answer.status === 202, `a request without a fault was answered ${told(answer)}, not 202`)
}

/** Each variant of a good request is refused. */
async function refusesEach(context: Context, variants: readonly Variant[]): Promise<void> {
  await takesWhatIsRight(context)
  const answers = await Promise.all(
    variants.map(async ([what, form]): Promise<[string, Answer]> => [what, await context.hub.post(form)]),
  )
  const taken = answers.filter(([, answer]) => !isRefused(answer))
  must(
    taken.length === 0,
    `not refused: ${taken.map(([what, answer]) => `${what}: ${told(answer)}`).join('; ')}`,
  )
}

const asksNobody = (context: Context, callback: Callback): Promise<void> =>
  context.never(() => callback.requests.length > 0, 'the callback was asked about what was refused')

async function signsWith(context: Context, secret: string): Promise<void> {
  const topic = context.topic()
  const callback = context.callback()
  await context.subscribe(topic, callback, [['hub.secret', secret]])
  const delivery = await context.delivered(callback, await context.publish(topic))
  must(isSigned(delivery, secret), `the signature was ${signatureOf(delivery)}`)
}

const withSecret = (context: Context, what: string, secret: string): Variant => [
  what,
  formFor('subscribe', context.topic(), context.callback(), [['hub.secret', secret]]),
]

/** Seconds: more than three thousand years. */
const AGES = 99_999_999_999

export const form: Check[] = [
  check(
    'subscribing/form-written-otherwise',
    1,
    'must',
    'takes a form in whatever case its type is written, with a charset or without',
    async (context) => {
      for (const type of [
        'application/x-www-form-urlencoded;charset=UTF-8',
        'application/x-www-form-urlencoded; charset=utf-8',
        'Application/X-WWW-Form-URLEncoded',
      ]) {
        const callback = context.callback()
        const sent = formFor('subscribe', context.topic(), callback)
        const answer = await context.hub.post(sent, { headers: { 'Content-Type': type } })
        must(answer.status === 202, `${type}: ${told(answer)}`)
        const asked = await context.until(() => callback.verifications().length > 0)
        must(asked, `${type}: taken, but no verification came`)
      }
    },
  ),
  check('subscribing/other-type', 1, 'strict', 'answers 415 to what is no form', async (context) => {
    await takesWhatIsRight(context)
    for (const mode of ['subscribe', 'unsubscribe']) {
      for (const type of ['application/json', 'text/plain']) {
        const body = encode(formFor(mode, context.topic(), context.callback()))
        const answer = await context.hub.send({ headers: { 'Content-Type': type }, body })
        must(answer.status === 415, `${mode} with ${type}: ${told(answer)}`)
      }
    }
  }),
  check('subscribing/decoded-once', 1, 'must', 'decodes a form once', async (context) => {
    const topic = context.topic()
    const callback = context.callback({}, '?x=%2541&y=%252B')
    await context.subscribe(topic, callback, [['hub.secret', 'a+b%20 c%25']])
    const [asked] = callback.verifications()
    must(
      asked?.target.startsWith(callback.target) === true,
      `the callback was asked at ${asked?.target ?? ''}`,
    )
    const delivery = await context.delivered(callback, await context.publish(topic))
    must(isSigned(delivery, 'a+b%20 c%25'), 'the secret was changed on its way')
  }),
  check('subscribing/required', 2, 'must', 'refuses what lacks mode, topic or callback', async (context) => {
    const callback = context.callback()
    const whole = formFor('subscribe', context.topic(), callback)
    const without = whole.map(([name]) => [name, whole.filter(([other]) => other !== name)] as const)
    await refusesEach(context, without)
    await asksNobody(context, callback)
  }),
  check('subscribing/callback-url', 2, 'strict', 'refuses what is no callback', async (context) => {
    const topic = context.topic()
    const callback = context.callback()
    const urls = [callback.target, `${callback.url}#part`, 'ftp://127.0.0.1/callback', 'callback', '']
    const variants = urls.map((url) => [`"${url}"`, formFor('subscribe', topic, { url })] as const)
    await refusesEach(context, variants)
    await asksNobody(context, callback)
  }),
  check('subscribing/unknown-mode', 2, 'must', 'refuses a mode that it does not know', async (context) => {
    const callback = context.callback()
    const topic = context.topic()
    const modes = ['subscribed', 'Subscribe', 'nonsense']
    await refusesEach(
      context,
      modes.map((mode) => [mode, formFor(mode, topic, callback)]),
    )
    await asksNobody(context, callback)
  }),
  check('subscribing/secret-199', 3, 'must', 'signs with a secret of 199 bytes', (context) =>
    signsWith(context, 'x'.repeat(199)),
  ),
  check('subscribing/secret-200', 3, 'strict', 'refuses a secret of 200 bytes', async (context) => {
    await refusesEach(context, [withSecret(context, '200 bytes', 'x'.repeat(200))])
  }),
  check('subscribing/secret-in-bytes', 3, 'strict', 'counts a secret in bytes', async (context) => {
    await refusesEach(context, [withSecret(context, '120 characters of two bytes', 'é'.repeat(120))])
    await signsWith(context, 'é'.repeat(99))
  }),
  check('subscribing/lease-nonsense', 3, 'strict', 'refuses a lease that is no number', async (context) => {
    const callback = context.callback()
    const topic = context.topic()
    const variants = ['abc', '-60', '1.5', '0', '1e3'].map(
      (lease) => [lease, formFor('subscribe', topic, callback, [['hub.lease_seconds', lease]])] as const,
    )
    await refusesEach(context, variants)
    await asksNobody(context, callback)
  }),
  check(
    'subscribing/lease-out-of-range',
    3,
    'strict',
    'grants what it can where too long or short a lease is asked for',
    async (context) => {
      for (const lease of ['1', String(AGES)]) {
        const asked = await context.subscribe(context.topic(), context.callback(), [
          ['hub.lease_seconds', lease],
        ])
        const granted = parameters(asked, 'hub.lease_seconds').at(-1) ?? 'none'
        must(/^[1-9]\d*$/.test(granted), `asked for ${lease} s, the challenge says ${granted}`)
      }
    },
  ),
  check('subscribing/lease-has-an-end', 12, 'strict', 'grants no lease for ever', async (context) => {
    const asked = await context.subscribe(context.topic(), context.callback(), [
      ['hub.lease_seconds', String(AGES)],
    ])
    const granted = grantedLease(asked)
    must(granted > 0 && granted < AGES, `asked for ${AGES} s, granted ${granted} s`)
  }),
  check(
    'subscribing/lease-on-unsubscribe',
    3,
    'strict',
    'has no use for a lease on unsubscribe',
    async (context) => {
      const topic = context.topic()
      const callback = context.callback()
      await context.subscribe(topic, callback)
      const answer = await context.ask('unsubscribe', topic, callback, [['hub.lease_seconds', 'nonsense']])
      must(answer.status === 202, `the answer was ${told(answer)}`)
      must(
        await context.until(() => callback.verifications('unsubscribe').length > 0),
        'no verification came',
      )
    },
  ),
  check('subscribing/unknown-ignored', 4, 'must', 'ignores what it does not know', async (context) => {
    const topic = context.topic()
    const callback = context.callback()
    const sent = formFor('subscribe', topic, callback, [
      ['hub.foo', 'bar'],
      ['hub.foo', 'baz'],
      ['', 'nameless'],
    ])
    const answer = await context.hub.post(sent, { headers: { 'X-Something': 'else' } })
    must(answer.status === 202, `the answer was ${told(answer)}`)
    must(await context.until(() => callback.verifications().length > 0), 'no verification came')
  }),
  check(
    'subscribing/verify-ignored',
    4,
    'strict',
    'ignores hub.verify, which older subscribers send',
    async (context) => {
      const sync = await context.ask('subscribe', context.topic(), context.callback(), [
        ['hub.verify', 'sync'],
      ])
      must(sync.status === 202, `hub.verify=sync: ${told(sync)}`)
      await context.subscribe(context.topic(), context.callback(), [
        ['hub.verify', 'sync'],
        ['hub.verify', 'async'],
      ])
    },
  ),
  check(
    'subscribing/verify-token',
    4,
    'strict',
    'repeats hub.verify_token when it is given, and only then',
    async (context) => {
      const token = 'tok & ün/+'
      const [with_, without] = [context.callback(), context.callback()]
      const asked = await context.subscribe(context.topic(), with_, [['hub.verify_token', token]])
      const repeated = parameters(asked, 'hub.verify_token')
      must(repeated.length === 1 && repeated[0] === token, `repeated: ${JSON.stringify(repeated)}`)
      const plain = await context.subscribe(context.topic(), without)
      must(parameters(plain, 'hub.verify_token').length === 0, 'sent though none was given')
    },
  ),
  check('subscribing/sentence', 5, 'strict', 'says in one plain sentence what is wrong', async (context) => {
    await takesWhatIsRight(context)
    const sent = formFor('subscribe', context.topic(), context.callback()).slice(0, 2)
    const answer = await context.hub.post(sent)
    must(isRefused(answer), `a request without a callback: ${told(answer)}`)
    const [type = 'none'] = header(answer, 'Content-Type')
    must(/^text\/plain\b/i.test(type), `the type of the refusal is ${type}`)
    const lines = answer.body.trim().split('\n')
    must(
      lines.length === 1 && /\w{3}/.test(answer.body),
      `it says ${JSON.stringify(answer.body.slice(0, 200))}`,
    )
  }),
]
