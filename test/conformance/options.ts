/** What a run of the suite depends on; all times in milliseconds. */
export interface Options {
  hubUrl: string
  /** Sent with every request to the hub. */
  headers: [name: string, value: string][]
  /** The parameter that names the topic when the suite publishes. */
  publish: 'hub.url' | 'hub.topic'
  /** Where the suite serves its topics and callbacks; port 0 picks one. */
  host: string
  port: number
  /** How the hub reaches that server, without a trailing slash; derived from host and port unless given. */
  baseUrl?: string
  /** A topic page that the hub itself serves, if it has one. */
  ownTopic?: string
  /** How long something that should come may take. */
  patience: number
  /** How long nothing may come, where nothing should. */
  quiet: number
  /** What a hub may take to note what it has just been told. */
  settle: number
  /** Seconds: the lease that is asked for where its end is waited for. */
  lease: number
  /** Checks that run side by side. */
  jobs: number
}

export const DEFAULTS = {
  headers: [],
  publish: 'hub.topic',
  host: '127.0.0.1',
  port: 0,
  patience: 15_000,
  quiet: 5_000,
  settle: 1_000,
  lease: 4,
  jobs: 24,
} satisfies Omit<Options, 'hubUrl'>
