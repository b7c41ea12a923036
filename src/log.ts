/** The log: one JSON line per business event. */
import pino from 'pino'
import type { Observer } from './core/ports.ts'

export interface Log extends Observer {
  started(event: { url: string; address: string; store: string }): void
  stopping(event: { signal: string }): void
  stopped(): void
  warned(sentence: string): void
}

const escaped = (char: string): string => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`

/** Callers hand over hosts and ids only; nothing here may hold a URL's query, a token or a person's data. */
export function createLog(level: string): Log {
  const log = pino({
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    // JSON lets these stand, and a terminal that shows the log obeys some of them.
    hooks: { streamWrite: (line) => line.replace(/[\u007f-\u009f\u2028\u2029]/g, escaped) },
    // The query of somebody's page may be what opens it.
    serializers: { topic: (topic: string) => topic.replace(/\?.*/s, '?…') },
  })
  return {
    started: (event) => log.info(event, `listening on ${event.address}`),
    stopping: (event) => log.info(event, 'stopping: no new requests, what is under way is finished'),
    stopped: () => log.info('stopped'),
    warned: (sentence) => log.warn(sentence),
    accepted: (event) => log.info(event, 'event accepted'),
    passedOver: (event) => log.info(event, 'event passed over'),
    intakeRefused: (event) => log.warn(event, 'intake refused'),
    invalidEvent: (event) => log.error(event, 'event does not fit its schema: kept, not sent'),
    relayed: (event) => log.info(event, 'content accepted'),
    pinged: (event) => log.info(event, 'pages pinged'),
    fetched: (event) => log.info(event, 'page fetched'),
    topicRegistered: (event) => log.info(event, 'topic registered'),
    topicDeregistered: (event) => log.info(event, 'topic deregistered'),
    fannedOut: (event) => log.debug(event, 'deliveries made'),
    intentQueued: (event) => log.info(event, 'verification queued'),
    intentSettled: (event) => log.info(event, 'verification settled'),
    vouched: (event) => log.info(event, 'the operator vouches for a webhook'),
    sending: (event) => log.debug(event, 'delivery goes out'),
    attempted: (event) => log.info(event, 'delivery attempted'),
    dropped: (event) => log.info(event, 'deliveries dropped: their subscription ended'),
    gaveUp: (event) => log.warn(event, 'deliveries given up: they waited for too long'),
    removed: (event) => log.info(event, 'what was deleted is gone'),
    replayed: (event) => log.info(event, 'replay ended'),
    subscriptionsExpired: (event) => log.info(event, 'leases ran out'),
    outlived: (event) => log.debug(event, 'removed for its age'),
    requestRefused: (event) => log.info(event, 'request refused'),
    requestFailed: ({ error, ...event }) => log.error({ ...event, err: error }, 'request failed'),
    keyChanged: (event) => log.info(event, 'signing key changed'),
    committed: (event) => log.trace(event, 'committed'),
    measured: (event) => log.debug(event, 'what waits was counted'),
    pumpFailed: ({ pump, error }) => log.error({ pump, err: error }, 'step failed, will be tried again'),
  }
}
