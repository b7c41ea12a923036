/** What a check may use: fresh topics and callbacks, the hub by its URL, and time. */
import { Failure, must } from './check.ts'
import { type Answer, createHubClient, type Form, type HubClient, told } from './hub-client.ts'
import type { Options } from './options.ts'
import { pause, until as waitUntil } from './patience.ts'
import { addCallback, type Callback, type CallbackScript } from './site/callback.ts'
import { type Received, type Site } from './site/server.ts'
import { addTopic, type Page, type Topic } from './site/topic.ts'

export interface Context {
  readonly options: Options
  readonly hub: HubClient
  readonly site: Site
  /** Requests to subscribe or unsubscribe that the hub has taken. */
  taken(): number
  /** @param query of the topic's URL, with its question mark */
  topic(page?: Partial<Page>, query?: string): Topic
  /** @param query of the callback's URL, with its question mark */
  callback(script?: CallbackScript, query?: string): Callback
  /** A callback at the root of the site: nothing, or a query alone, behind the host. */
  rootCallback(query: string): Callback
  /** The request alone, whatever comes of it. */
  ask(
    mode: 'subscribe' | 'unsubscribe',
    topic: Topic,
    callback: { url: string },
    more?: Form,
  ): Promise<Answer>
  /**
   * Asks, and comes back once the callback has answered the verification and the hub had time to note it: where it
   * was slow to ask, it may be as slow to note.
   */
  subscribe(topic: Topic, callback: Callback, more?: Form): Promise<Received>
  unsubscribe(topic: Topic, callback: Callback): Promise<Received>
  /** Says that the page has changed, and whatever else is to be said. */
  ping(topic: Topic): Promise<Answer>
  /** Changes the page and says so; gives back the new content. */
  publish(topic: Topic): Promise<string>
  /** The first delivery of this content. */
  delivered(callback: Callback, content: string | Buffer): Promise<Received>
  /** Whether the condition holds before the time is up. */
  until(condition: () => boolean, ms?: number): Promise<boolean>
  /** Fails when the condition comes to hold while nothing should happen. */
  never(condition: () => boolean, seen: string, ms?: number): Promise<void>
  pause(ms: number): Promise<void>
}

/** A form for the hub (WebSub §5.1). */
export const formFor = (
  mode: string,
  topic: { url: string },
  callback: { url: string },
  more: Form = [],
): Form => [['hub.mode', mode], ['hub.topic', topic.url], ['hub.callback', callback.url], ...more]

export function createContext(options: Options, site: Site): Context {
  const hub = createHubClient(options)
  const until: Context['until'] = (condition, ms = options.patience) => waitUntil(condition, ms)
  let places = 0
  let roots = 0
  let taken = 0

  async function change(
    mode: 'subscribe' | 'unsubscribe',
    topic: Topic,
    callback: Callback,
    more?: Form,
  ): Promise<Received> {
    const before = callback.verifications(mode).length
    const began = performance.now()
    const answer = await context.ask(mode, topic, callback, more)
    must(answer.status === 202, `the answer to hub.mode=${mode} was ${told(answer)}, not 202`)
    const asked = () => callback.verifications(mode)[before]
    must(
      await until(() => asked()?.answered === true),
      `no verification of hub.mode=${mode} came within ${options.patience / 1000} s`,
    )
    await pause(Math.max(options.settle, Math.min(performance.now() - began, options.patience)))
    return asked() as unknown as Received
  }

  const context: Context = {
    options,
    hub,
    site,
    taken: () => taken,
    topic: (page = {}, query = '') => addTopic(site, hub.url, `/topic/${(places += 1)}`, query, page),
    callback: (script = {}, query = '') => addCallback(site, `/callback/${(places += 1)}`, query, script),
    rootCallback: (query) => addCallback(site, '/', query === '' ? '' : `?root${(roots += 1)}${query}`, {}),
    async ask(mode, topic, callback, more) {
      const answer = await hub.post(formFor(mode, topic, callback, more))
      if (answer.status === 202) taken += 1
      return answer
    },
    subscribe: (topic, callback, more) => change('subscribe', topic, callback, more),
    unsubscribe: (topic, callback) => change('unsubscribe', topic, callback),
    async ping(topic) {
      const answer = await hub.post([
        ['hub.mode', 'publish'],
        [options.publish, topic.url],
      ])
      if (answer.status >= 300) throw new Failure(`the answer to hub.mode=publish was ${told(answer)}`)
      return answer
    },
    async publish(topic) {
      const content = topic.change()
      await context.ping(topic)
      return content
    },
    async delivered(callback, content) {
      const came = await until(() => callback.of(content).length > 0)
      must(came, withWhatCame(callback, `no delivery came within ${options.patience / 1000} s`))
      return callback.of(content)[0] as unknown as Received
    },
    until,
    async never(condition, seen, ms = options.quiet) {
      if (await until(condition, ms)) throw new Failure(seen)
    },
    pause,
  }
  return context
}

function withWhatCame(callback: Callback, seen: string): string {
  const others = callback.deliveries().map(({ body }) => JSON.stringify(body.toString().slice(0, 60)))
  return others.length === 0 ? seen : `${seen}; what came instead: ${others.slice(0, 3).join(', ')}`
}
