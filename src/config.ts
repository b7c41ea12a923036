/** Environment → config, in pure steps. `main.ts` alone reads `process.env`. */
import { type AllowList, parseAllowList } from './core/address.ts'
import type { LeaseLimits } from './core/lease.ts'
import { SIGNATURE_ALGS, type SignatureAlg } from './core/signature.ts'
import { SIGNING_ALGS, type SigningAlg } from './core/key-ports.ts'
import { parseTopicOrigins, type TopicOrigins } from './core/web-topic.ts'

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const

export interface Config {
  /** Public base URL without a trailing slash; undefined: `http://localhost:<port>`, once the port is known. */
  url: string | undefined
  host: string
  port: number
  /** Path of the SQLite file. */
  storePath: string
  /** Undefined: made at the first start and printed once. */
  adminToken: string | undefined
  /** 32 bytes; undefined: kept in a file beside the store. */
  secretKey: Buffer | undefined
  signingAlg: SigningAlg
  outboundAllow: AllowList
  /** Whose pages may be topics. */
  topicOrigins: TopicOrigins
  /** Seconds. */
  lease: LeaseLimits
  /** Waits between attempts, in milliseconds. */
  retrySchedule: number[]
  deliveryTimeoutMs: number
  /** How long events, receipts and deduplication keys are kept. */
  retentionMs: number
  /** Bytes. */
  maxBody: number
  /** Sockets that may be open to the hub at once. */
  maxConnections: number
  /** Whose `X-Forwarded-For` counts. */
  trustedProxies: AllowList
  signatureAlg: SignatureAlg
  concurrency: { deliveries: number; perSubscription: number; perOrigin: number }
  /** Requests of one source in a second above which it is answered 503. */
  sourceRate: number
  /** Deliveries waiting above which publishing and ingest answer 503. */
  maxBacklog: number
  /** Verifications waiting for one host, or asked for by one client, above which subscribing answers 429. */
  maxWaitingVerifications: number
  /** Pending and active, beyond which subscribing answers 403. */
  maxSubscriptions: { perSubscriber: number; perHost: number }
  logLevel: (typeof LOG_LEVELS)[number]
}

/** Settings that cannot be used: every one of them, a sentence each. */
export class ConfigError extends Error {
  constructor(problems: string[]) {
    super(['The settings cannot be used:', ...problems.map((problem) => `  - ${problem}`)].join('\n'))
    this.name = 'ConfigError'
  }
}

/** @throws ConfigError that names every wrong value at once */
export function toConfig(env: Record<string, string | undefined>): { config: Config; warnings: string[] } {
  const problems: string[] = []
  const used = new Set<string>()
  const read = <T>(
    name: string,
    fallback: string,
    parse: (text: string) => T | undefined,
    expected: string,
  ): T => {
    used.add(name)
    const text = env[name]?.trim()
    const value = parse(text === undefined || text === '' ? fallback : text)
    // The value itself is not repeated: it may be a secret set under the wrong name.
    if (value === undefined) problems.push(`${name} is not ${expected}.`)
    return value as T
  }
  const optional = <T>(
    name: string,
    parse: (text: string) => T | undefined,
    expected: string,
  ): T | undefined =>
    read<T | null>(name, '', (text) => (text === '' ? null : parse(text)), expected) ?? undefined

  const count = (name: string, fallback: string, expected = 'a positive whole number'): number =>
    read(name, fallback, positive, expected)
  const counts = <K extends string>(
    name: string,
    fallback: string,
    keys: readonly K[],
    expected: string,
  ): Record<K, number> => read(name, fallback, (text) => positives(text, keys), expected)
  const seconds = (name: string, fallback: string): number =>
    count(name, fallback, 'a positive whole number of seconds')
  const choice = <T extends string>(name: string, fallback: string, values: readonly T[]): T =>
    read(name, fallback, (text) => values.find((value) => value === text), `one of ${values.join(', ')}`)
  const allowed = (name: string): AllowList =>
    read(name, '', (text) => allowList(name, text, problems), 'a list')

  const config: Config = {
    url: optional(
      'SIGNET_URL',
      parseBaseUrl,
      'an http(s) URL without query or fragment, e.g. https://hub.example',
    ),
    host: read('SIGNET_HOST', '127.0.0.1', (text) => text, 'a host'),
    port: read('SIGNET_PORT', '8080', (text) => whole(text, 0, 65_535), 'a port from 0 to 65535'),
    storePath: read(
      'SIGNET_STORE',
      'sqlite:./data/signet.db',
      parseStore,
      'sqlite:<path of a file>, the one store of this version',
    ),
    adminToken: optional(
      'SIGNET_ADMIN_TOKEN',
      parseToken,
      'a token of at least 16 printable characters without spaces',
    ),
    secretKey: optional(
      'SIGNET_SECRET_KEY',
      parseSecretKey,
      '32 bytes in base64; make one with: openssl rand -base64 32',
    ),
    signingAlg: choice('SIGNET_SIGNING_ALG', 'ES256', SIGNING_ALGS),
    outboundAllow: allowed('SIGNET_OUTBOUND_ALLOW'),
    topicOrigins: read(
      'SIGNET_TOPIC_ORIGINS',
      '',
      parseTopicOrigins,
      '* or a list of origins in lower case and without a path, e.g. https://blog.example',
    ),
    lease: {
      min: seconds('SIGNET_LEASE_MIN', '300'),
      default: seconds('SIGNET_LEASE_DEFAULT', '864000'),
      max: seconds('SIGNET_LEASE_MAX', '7776000'),
    },
    retrySchedule: read(
      'SIGNET_RETRY_SCHEDULE',
      '5s,30s,2m,10m,30m,1h,2h,4h,8h,8h',
      (text) => list(text, duration),
      'a list of waits, e.g. 5s,2m,1h',
    ),
    deliveryTimeoutMs: read(
      'SIGNET_DELIVERY_TIMEOUT',
      '10s',
      (text) => between(duration(text), 0, UNITS.h),
      'a time up to 1h, e.g. 10s',
    ),
    retentionMs: read(
      'SIGNET_RETENTION',
      '30d',
      (text) => between(duration(text), UNITS.s, MAX_RETENTION),
      'a time from 1s to 3650d, e.g. 30d',
    ),
    maxBody: read(
      'SIGNET_MAX_BODY',
      '262144',
      (text) => whole(text, 1024),
      'a number of bytes, at least 1024',
    ),
    maxConnections: count('SIGNET_MAX_CONNECTIONS', '4000'),
    trustedProxies: allowed('SIGNET_TRUSTED_PROXIES'),
    signatureAlg: choice('SIGNET_SIGNATURE_ALG', 'sha256', SIGNATURE_ALGS),
    concurrency: counts(
      'SIGNET_CONCURRENCY',
      '128,8,64',
      ['deliveries', 'perSubscription', 'perOrigin'],
      'three positive numbers: deliveries under way in all, per subscription, per origin',
    ),
    sourceRate: count('SIGNET_SOURCE_RATE', '10000'),
    maxBacklog: count('SIGNET_MAX_BACKLOG', '1000000'),
    maxWaitingVerifications: count('SIGNET_MAX_VERIFICATIONS', '1000'),
    maxSubscriptions: counts(
      'SIGNET_MAX_SUBSCRIPTIONS',
      '100000,100000',
      ['perSubscriber', 'perHost'],
      'two positive numbers: subscriptions of one subscriber, and at one callback host',
    ),
    logLevel: choice('SIGNET_LOG_LEVEL', 'info', LOG_LEVELS),
  }
  if (config.trustedProxies.names.size > 0) {
    problems.push('SIGNET_TRUSTED_PROXIES names a host; give the addresses that it connects from.')
  }
  if (config.lease.min > config.lease.default || config.lease.default > config.lease.max) {
    problems.push('SIGNET_LEASE_MIN, SIGNET_LEASE_DEFAULT and SIGNET_LEASE_MAX are not in ascending order.')
  }
  if (problems.length > 0) throw new ConfigError(problems)
  const unknown = Object.keys(env).filter((name) => name.startsWith('SIGNET_') && !used.has(name))
  return {
    config,
    warnings: [
      ...unknown.map((name) => `${name} is not a setting of this version and has no effect.`),
      ...publicPages(config.topicOrigins),
    ],
  }
}

/** Said at every start: nobody should open a hub to strangers without knowing. */
function publicPages(origins: TopicOrigins): string[] {
  if (origins !== '*' && origins.size === 0) return []
  const whose = origins === '*' ? 'to pages anywhere' : 'to the pages of these origins'
  return [
    `SIGNET_TOPIC_ORIGINS is set: anyone may subscribe ${whose}, and have the hub fetch them, without a token.`,
  ]
}

function parseBaseUrl(text: string): string | undefined {
  const url = URL.parse(text)
  if (url === null || !/^https?:$/.test(url.protocol) || /[?#@]/.test(text)) return undefined
  return url.href.replace(/\/+$/, '')
}

const parseStore = (text: string): string | undefined =>
  /^sqlite:(?:\/\/(?=\/))?(?!:memory:)(.+)$/.exec(text)?.[1]

const parseToken = (text: string): string | undefined => (/^[!-~]{16,}$/.test(text) ? text : undefined)

function parseSecretKey(text: string): Buffer | undefined {
  // Node skips what is not base64: a mistyped key would be another key, and the store would not open.
  return /^[A-Za-z0-9+/_-]{43}=?$/.test(text) ? Buffer.from(text, 'base64') : undefined
}

/** So many positive whole numbers as there are keys. */
function positives<K extends string>(text: string, keys: readonly K[]): Record<K, number> | undefined {
  const numbers = list(text, positive)
  if (numbers?.length !== keys.length) return undefined
  return Object.fromEntries(keys.map((key, index) => [key, numbers[index]])) as Record<K, number>
}

function allowList(name: string, text: string, problems: string[]): AllowList {
  const parsed = parseAllowList(text === '' ? [] : text.split(','))
  problems.push(...parsed.problems.map((problem) => `${name}: ${problem}`))
  return parsed.allow
}

const positive = (text: string): number | undefined => whole(text, 1)

function whole(text: string, min: number, max = Number.MAX_SAFE_INTEGER): number | undefined {
  const value = Number(text)
  return /^\d+$/.test(text) && value >= min && value <= max ? value : undefined
}

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

const MAX_RETENTION = 3650 * UNITS.d

const between = (value: number | undefined, min: number, max: number): number | undefined =>
  value !== undefined && value >= min && value <= max ? value : undefined

/** `10s`, `2m`, `1h` … in milliseconds. */
function duration(text: string): number | undefined {
  const [, number, unit] = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text) ?? []
  const value = Number(number) * UNITS[unit as keyof typeof UNITS]
  return value > 0 ? value : undefined
}

function list<T>(text: string, parse: (item: string) => T | undefined): T[] | undefined {
  const items = text.split(',').map((item) => parse(item.trim()))
  return items.every((item) => item !== undefined) ? items : undefined
}
