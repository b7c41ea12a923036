import { describe, expect, it } from 'vitest'
import { ConfigError, toConfig } from '../src/config.ts'

/** Every sentence about these settings, or none. */
function problems(env: Record<string, string>): string[] {
  try {
    toConfig(env)
    return []
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.message.split('\n').slice(1)
  }
}

/** The settings that not every text is good for, but for the allow-list. */
const READ = [
  'SIGNET_URL',
  'SIGNET_PORT',
  'SIGNET_STORE',
  'SIGNET_ADMIN_TOKEN',
  'SIGNET_SECRET_KEY',
  'SIGNET_SIGNING_ALG',
  'SIGNET_TOPIC_ORIGINS',
  'SIGNET_LEASE_MIN',
  'SIGNET_LEASE_DEFAULT',
  'SIGNET_LEASE_MAX',
  'SIGNET_RETRY_SCHEDULE',
  'SIGNET_DELIVERY_TIMEOUT',
  'SIGNET_RETENTION',
  'SIGNET_MAX_BODY',
  'SIGNET_MAX_CONNECTIONS',
  'SIGNET_SIGNATURE_ALG',
  'SIGNET_CONCURRENCY',
  'SIGNET_SOURCE_RATE',
  'SIGNET_MAX_VERIFICATIONS',
  'SIGNET_MAX_SUBSCRIPTIONS',
  'SIGNET_LOG_LEVEL',
]

it('has a default for everything', () => {
  const { config, warnings } = toConfig({})
  expect(warnings).toEqual([])
  expect(config).toEqual({
    url: undefined,
    host: '127.0.0.1',
    port: 8080,
    storePath: './data/signet.db',
    adminToken: undefined,
    secretKey: undefined,
    signingAlg: 'ES256',
    outboundAllow: { ranges: [], names: new Set() },
    topicOrigins: new Set(),
    lease: { min: 300, default: 864_000, max: 7_776_000 },
    retrySchedule: [5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400, 28_800, 28_800].map((s) => s * 1000),
    deliveryTimeoutMs: 10_000,
    retentionMs: 2_592_000_000,
    maxBody: 262_144,
    maxConnections: 4_000,
    trustedProxies: { ranges: [], names: new Set() },
    signatureAlg: 'sha256',
    concurrency: { deliveries: 128, perSubscription: 8, perOrigin: 64 },
    sourceRate: 10_000,
    maxBacklog: 1_000_000,
    maxWaitingVerifications: 1_000,
    maxSubscriptions: { perSubscriber: 100_000, perHost: 100_000 },
    logLevel: 'info',
  })
})

it('takes an empty value for none, and leaves out the space around one', () => {
  const { config } = toConfig({ SIGNET_PORT: '', SIGNET_HOST: ' ', SIGNET_LOG_LEVEL: ' warn ' })
  expect(config).toMatchObject({ port: 8080, host: '127.0.0.1', logLevel: 'warn' })
})

it('reads every setting', () => {
  const key = Buffer.alloc(32, 7)
  const { config } = toConfig({
    SIGNET_URL: 'https://hub.example/',
    SIGNET_HOST: '0.0.0.0',
    SIGNET_PORT: '0',
    SIGNET_STORE: 'sqlite:///var/lib/signet.db',
    SIGNET_ADMIN_TOKEN: 'an-admin-token-of-length',
    SIGNET_SECRET_KEY: key.toString('base64'),
    SIGNET_SIGNING_ALG: 'EdDSA',
    SIGNET_OUTBOUND_ALLOW: '127.0.0.0/8, ::1, CRM.internal',
    SIGNET_TOPIC_ORIGINS: 'https://blog.example, http://127.0.0.1:8081',
    SIGNET_LEASE_MIN: '1',
    SIGNET_LEASE_DEFAULT: '2',
    SIGNET_LEASE_MAX: '3',
    SIGNET_RETRY_SCHEDULE: '100ms, 2m,1d',
    SIGNET_DELIVERY_TIMEOUT: '1h',
    SIGNET_RETENTION: '12h',
    SIGNET_MAX_BODY: '1024',
    SIGNET_MAX_CONNECTIONS: '50',
    SIGNET_TRUSTED_PROXIES: '10.0.0.0/8, ::1',
    SIGNET_SIGNATURE_ALG: 'sha512',
    SIGNET_CONCURRENCY: '3,2,1',
    SIGNET_SOURCE_RATE: '6',
    SIGNET_MAX_BACKLOG: '10',
    SIGNET_MAX_VERIFICATIONS: '9',
    SIGNET_MAX_SUBSCRIPTIONS: '8, 7',
    SIGNET_LOG_LEVEL: 'debug',
  })
  expect(config).toMatchObject({
    url: 'https://hub.example',
    storePath: '/var/lib/signet.db',
    secretKey: key,
    topicOrigins: new Set(['https://blog.example', 'http://127.0.0.1:8081']),
    lease: { min: 1, default: 2, max: 3 },
    retrySchedule: [100, 120_000, 86_400_000],
    deliveryTimeoutMs: 3_600_000,
    retentionMs: 43_200_000,
    concurrency: { deliveries: 3, perSubscription: 2, perOrigin: 1 },
    maxConnections: 50,
    sourceRate: 6,
    maxBacklog: 10,
    maxWaitingVerifications: 9,
    maxSubscriptions: { perSubscriber: 8, perHost: 7 },
  })
  expect(config.outboundAllow.ranges).toHaveLength(2)
  expect(config.trustedProxies.ranges).toHaveLength(2)
  expect(config.outboundAllow.names).toEqual(new Set(['crm.internal']))
})

describe('a wrong value', () => {
  it.each([
    ['SIGNET_URL', 'ftp://hub.example'],
    ['SIGNET_URL', 'https://hub.example/?x'],
    ['SIGNET_URL', 'https://me@hub.example'],
    ['SIGNET_URL', 'https://:secret@hub.example'],
    ['SIGNET_URL', 'hub.example'],
    ['SIGNET_PORT', '65536'],
    ['SIGNET_PORT', '-1'],
    ['SIGNET_PORT', '80a'],
    ['SIGNET_STORE', 'postgres://db'],
    ['SIGNET_STORE', 'sqlite:'],
    ['SIGNET_STORE', 'sqlite::memory:'],
    ['SIGNET_ADMIN_TOKEN', 'too-short'],
    ['SIGNET_ADMIN_TOKEN', 'with a space in the middle'],
    ['SIGNET_SECRET_KEY', 'c2hvcnQ='],
    ['SIGNET_SECRET_KEY', '!'.repeat(8) + 'A'.repeat(43)],
    ['SIGNET_SECRET_KEY', 'a'.repeat(64)],
    ['SIGNET_SIGNING_ALG', 'none'],
    ['SIGNET_SIGNING_ALG', 'HS256'],
    ['SIGNET_MAX_BACKLOG', '0'],
    ['SIGNET_OUTBOUND_ALLOW', '10.0.0.0/33'],
    ['SIGNET_OUTBOUND_ALLOW', '0.0.0.0/0'],
    ['SIGNET_OUTBOUND_ALLOW', 'http://crm.internal'],
    ['SIGNET_TOPIC_ORIGINS', 'blog.example'],
    ['SIGNET_TOPIC_ORIGINS', 'https://blog.example/'],
    ['SIGNET_TOPIC_ORIGINS', 'https://blog.example/feeds'],
    ['SIGNET_TOPIC_ORIGINS', 'https://Blog.example'],
    ['SIGNET_TOPIC_ORIGINS', 'https://blog.example:443'],
    ['SIGNET_TOPIC_ORIGINS', 'https://me@blog.example'],
    ['SIGNET_TOPIC_ORIGINS', 'https://*.example'],
    ['SIGNET_TOPIC_ORIGINS', 'ftp://blog.example'],
    ['SIGNET_TOPIC_ORIGINS', 'https://blog.example,*'],
    ['SIGNET_TOPIC_ORIGINS', 'https://blog.example,,https://news.example'],
    ['SIGNET_LEASE_MIN', '0'],
    ['SIGNET_LEASE_DEFAULT', '1d'],
    ['SIGNET_LEASE_MAX', '-5'],
    ['SIGNET_RETRY_SCHEDULE', '5s,,30s'],
    ['SIGNET_RETRY_SCHEDULE', '5'],
    ['SIGNET_DELIVERY_TIMEOUT', '0s'],
    // More than a timer holds would be no time at all.
    ['SIGNET_DELIVERY_TIMEOUT', '30d'],
    ['SIGNET_RETENTION', '0d'],
    ['SIGNET_RETENTION', '999ms'],
    ['SIGNET_RETENTION', '3651d'],
    ['SIGNET_RETENTION', '30'],
    ['SIGNET_RETENTION', 'forever'],
    ['SIGNET_MAX_BODY', '1023'],
    ['SIGNET_MAX_CONNECTIONS', '0'],
    ['SIGNET_TRUSTED_PROXIES', '10.0.0.0/33'],
    ['SIGNET_TRUSTED_PROXIES', '0.0.0.0/0'],
    ['SIGNET_TRUSTED_PROXIES', 'proxy.internal'],
    ['SIGNET_TRUSTED_PROXIES', 'true'],
    ['SIGNET_SIGNATURE_ALG', 'md5'],
    ['SIGNET_CONCURRENCY', '1,2'],
    ['SIGNET_CONCURRENCY', '1,0,3'],
    ['SIGNET_SOURCE_RATE', '0.5'],
    ['SIGNET_MAX_VERIFICATIONS', '0'],
    ['SIGNET_MAX_SUBSCRIPTIONS', '8'],
    ['SIGNET_MAX_SUBSCRIPTIONS', '8,0'],
    ['SIGNET_LOG_LEVEL', 'loud'],
  ])('of %s (%s) is told in one sentence', (name, value) => {
    const sentences = problems({ [name]: value })
    expect(sentences).toHaveLength(1)
    expect(sentences[0]).toMatch(new RegExp(`^ {2}- ${name}\\b.*\\.$`))
  })

  it('is told with all the others, and never repeated', () => {
    const wrong = Object.fromEntries(READ.map((name) => [name, 'hunter2 = secret']))
    const sentences = problems({ ...wrong, SIGNET_OUTBOUND_ALLOW: '127.0.0.1,hunter2 = secret,10.0.0.0/99' })
    expect(sentences.map((sentence) => /^ {2}- (\w+)/.exec(sentence)?.[1]).sort()).toEqual(
      [...READ, 'SIGNET_OUTBOUND_ALLOW', 'SIGNET_OUTBOUND_ALLOW'].sort(),
    )
    expect(sentences.filter((sentence) => sentence.includes('OUTBOUND'))).toEqual([
      expect.stringContaining('entry 2 is neither'),
      expect.stringContaining('entry 3 is not a CIDR'),
    ])
    expect(sentences.join()).not.toContain('hunter2')
  })

  it('may be wrong by its neighbours alone', () => {
    expect(problems({ SIGNET_LEASE_MIN: '900000' })).toEqual([
      '  - SIGNET_LEASE_MIN, SIGNET_LEASE_DEFAULT and SIGNET_LEASE_MAX are not in ascending order.',
    ])
  })
})

it('warns of a name that it does not know, without its value', () => {
  const { warnings } = toConfig({ SIGNET_PORTT: 'hunter2', SIGNETTE: 'x', PATH: '/bin' })
  expect(warnings).toEqual(['SIGNET_PORTT is not a setting of this version and has no effect.'])
})

it.each([
  ['*', 'to pages anywhere'],
  ['https://blog.example', 'to the pages of these origins'],
])('warns that pages are public with SIGNET_TOPIC_ORIGINS=%s', (origins, whose) => {
  expect(toConfig({ SIGNET_TOPIC_ORIGINS: origins }).warnings).toEqual([
    `SIGNET_TOPIC_ORIGINS is set: anyone may subscribe ${whose}, and have the hub fetch them, without a token.`,
  ])
})
