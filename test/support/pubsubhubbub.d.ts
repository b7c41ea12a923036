/** What the package `pubsubhubbub` is, as far as a test uses it: it has no types of its own. */
declare module 'pubsubhubbub' {
  import type { EventEmitter } from 'node:events'
  import type { IncomingMessage, ServerResponse } from 'node:http'

  export interface Feed {
    topic: string
    hub: string
    callback: string
    feed: Buffer
    headers: Record<string, string>
  }

  type Done = (error: Error | null) => void

  interface Subscriber extends EventEmitter {
    listener(): (request: IncomingMessage, response: ServerResponse) => void
    subscribe(topic: string, hub: string, callback: string, done: Done): void
    unsubscribe(topic: string, hub: string, callback: string, done: Done): void
  }

  const pubsubhubbub: {
    createServer(options: { headers?: Record<string, string>; secret?: string }): Subscriber
  }
  export default pubsubhubbub
}
