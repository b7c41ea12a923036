/** The one shape of an adapter: who speaks to us, whether it is them, and what they said. */
import type { NativeEvent } from '../core/reading.ts'
import type { SourceAuth } from '../core/source.ts'

/** A request to a source's URL, with the exact bytes that came. */
export interface NativeRequest {
  /** Names in lower case. */
  headers: Readonly<Record<string, string | undefined>>
  body: Buffer
  /** Milliseconds since 1970. */
  receivedAt: number
  /** The IP address that it counts under: the client's, behind proxies that are trusted; undefined if unknown. */
  peer?: string
}

export interface Provider {
  /** What a source's `provider` says. */
  readonly name: string
  /** How this provider can prove that a request is its own. */
  readonly authMethods: readonly SourceAuth['method'][]
  /** Over the exact bytes, in constant time, before anything is parsed. */
  readonly authenticate: (request: NativeRequest, auth: SourceAuth) => boolean
  /**
   * What the payload says, in neutral names. A native name that nothing is known of is read like any other:
   * the mapping decides.
   * @throws Refusal `malformed`, with a sentence that holds nothing of the payload
   */
  readonly read: (request: NativeRequest) => NativeEvent[]
}
