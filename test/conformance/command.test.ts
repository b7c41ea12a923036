/** `npm run conformance`: what it prints, and how it ends. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readCommand } from './arguments.ts'
import type { Check } from './check.ts'
import { CHECKS } from './checks.ts'
import { asReport } from './report.ts'
import { asLines } from './results.ts'
import { select } from './run.ts'
import { progressOn } from './terminal.ts'
import { type SmallHub, startWrongHub } from './wrong-hub.ts'

let right: SmallHub
let wrong: SmallHub

beforeAll(async () => {
  right = await startWrongHub()
  wrong = await startWrongHub('options-200')
})

afterAll(async () => {
  await right.close()
  await wrong.close()
})

function conformance(...args: string[]): Promise<{ code: unknown; stdout: string; stderr: string }> {
  const main = fileURLToPath(new URL('main.ts', import.meta.url))
  return new Promise((resolve) => {
    execFile(process.execPath, [main, ...args], (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : error.code, stdout, stderr })
    })
  })
}

const SHORT = ['--patience', '30', '--quiet', '0.5', '--settle', '0.2']

describe.concurrent('the command', () => {
  it('prints a line for each check and a summary, and ends with 0 when none failed', async () => {
    const { code, stdout, stderr } = await conformance(right.url, '--only', '100,address', ...SHORT)
    expect(stdout.split('\n')).toEqual([
      'pass  100  must    websub.rocks/100: delivers a changed page to a subscription',
      'pass   24  strict  address/get: shows people a page',
      'pass   24  strict  address/head: answers HEAD as GET',
      'pass   24  strict  address/options: answers OPTIONS by 405, and says what is allowed',
      'pass   24  strict  address/other-methods: answers other methods by 405 with Allow',
      expect.stringContaining('n/a    23  strict  address/own-topics: '),
      '                   no topic of the hub’s own was named (--own-topic)',
      '',
      '6 checks: 5 pass, 0 fail, 1 not applicable',
      '',
    ])
    expect(stderr).toBe('')
    expect(code).toBe(0)
  })

  it('writes JSON, and ends with 1 when a check failed', async () => {
    const { code, stdout } = await conformance(wrong.url, '--json', '--only', 'address/options')
    expect(JSON.parse(stdout)).toEqual({
      hub: wrong.url,
      pass: 0,
      fail: 1,
      not_applicable: 0,
      checks: [
        {
          id: 'address/options',
          point: 24,
          level: 'strict',
          title: 'answers OPTIONS by 405, and says what is allowed',
          result: 'fail',
          seen: 'OPTIONS was answered 200',
          ms: expect.any(Number) as number,
        },
      ],
    })
    expect(code).toBe(1)
  })

  it('ends with 2 and a hint when it cannot run', async () => {
    const { code, stderr } = await conformance(right.url, '--only', '99')
    expect(stderr).toContain('--only 99: there is no such check.\n')
    expect(stderr).toContain('npm run conformance -- --help')
    expect(code).toBe(2)
  })

  it('explains itself', async () => {
    const { code, stdout } = await conformance('--help')
    expect(stdout).toContain('npm run conformance -- <hub url> [options]')
    expect(code).toBe(0)
  })

  it('says so when the hub never comes to where topics and callbacks are', async () => {
    const away = ['--base-url', 'http://127.0.0.1:1', '--patience', '1']
    const { code, stdout, stderr } = await conformance(right.url, '--only', '100', ...away)
    expect(stdout).toContain('no verification came within 1 s')
    expect(stderr).toContain('The hub never came to http://127.0.0.1:1, ')
    expect(code).toBe(1)
  })

  it('ends with 2 when there is no hub', async () => {
    const { code, stderr } = await conformance('http://127.0.0.1:9/')
    expect(stderr).toMatch(/^GET http:\/\/127\.0\.0\.1:9\/ got no answer: /)
    expect(code).toBe(2)
  })
})

const [ADDRESS] = select(CHECKS, ['address/options']) as [Check]
const [SIGNING] = select(CHECKS, ['distribution/signature-method']) as [Check]
const ROCKS = select(CHECKS, ['100', '102'])

it('a terminal shows on one line how far it is, and nothing is left of it', () => {
  const shown: string[] = []
  const stream = { isTTY: true, columns: 30, write: (text: string) => shown.push(text) > 0 }
  const progress = progressOn(stream, 2)
  for (const check of ROCKS) progress.started(check)
  for (const check of ROCKS) progress.ended({ check, outcome: { fail: 'no' }, ms: 1 })
  expect(shown).toEqual([
    '\r\x1b[K0 of 2 done, 0 failed; websub',
    '\r\x1b[K1 of 2 done, 1 failed; websub',
    '\r\x1b[K',
  ])
})

it('a failure is shown with what was seen', () => {
  expect(asLines([{ check: ADDRESS, outcome: { fail: 'OPTIONS was answered 200' }, ms: 1 }])).toBe(
    [
      'FAIL   24  strict  address/options: answers OPTIONS by 405, and says what is allowed',
      '                   OPTIONS was answered 200',
      '',
      '1 check: 0 pass, 1 fail, 0 not applicable',
      'Failed of what this suite adds: address/options',
      '',
    ].join('\n'),
  )
})

it('a report says what passed, what failed and what was not looked at', () => {
  const [typical, parameters] = ROCKS as [Check, Check]
  const report = asReport('https://hub.example/', [
    { check: typical, outcome: { pass: undefined }, ms: 1 },
    { check: parameters, outcome: { fail: 'the answer was 400 (a | b)' }, ms: 1 },
    { check: SIGNING, outcome: { pass: 'sha256' }, ms: 1 },
    { check: ADDRESS, outcome: { notApplicable: 'it has none' }, ms: 1 },
  ])
  expect(report).toContain('at <https://hub.example/>\n')
  expect(report).toContain('\n- [x] 100: Takes subscriptions of a callback to a topic\n')
  expect(report).toContain(
    '\n- [ ] 102: Overlooks parameters that it does not know: the answer was 400 (a | b)\n',
  )
  expect(report).toContain('\n- [na] 104: Lets subscribers leave: websub.rocks/104 was not run\n')
  expect(report).toContain(
    '\n- [na] 101: Delivers with a signature that fits: websub.rocks/101 was not run\n  - sha256\n',
  )
  expect(report).toMatch(/\n\| 102 \| websub.rocks\/102 \| .* \| fail: the answer was 400 \(a \\\| b\) \|\n/)
  expect(report).toMatch(/\n\| 24 \| address\/options \| .* \| not applicable: it has none \|\n/)
})

describe('the arguments', () => {
  it('say where, what and how long', () => {
    const given = ['https://hub.example/', '--header', 'Authorization: Bearer x:y', '--header', 'X-A:1']
    const { options, only } = readCommand([
      ...given,
      '--publish',
      'hub.url',
      '--only',
      '1,must',
      '--quiet',
      '2.5',
    ])
    expect(options).toMatchObject({
      hubUrl: 'https://hub.example/',
      headers: [
        ['Authorization', 'Bearer x:y'],
        ['X-A', '1'],
      ],
      publish: 'hub.url',
      patience: 15_000,
      quiet: 2_500,
    })
    expect(only).toEqual(['1', 'must'])
  })

  it.each([
    ['no hub', [], 'The URL of the hub is missing.'],
    ['two hubs', ['http://127.0.0.1/', 'http://127.0.0.2/'], 'One hub at a time'],
    ['a hub that is no URL', ['hub.example'], 'The hub is no http or https URL: hub.example'],
    ['an option that is none', ['http://127.0.0.1/', '--nonsense'], "Unknown option '--nonsense'"],
    ['a header without a value', ['http://127.0.0.1/', '--header', 'x'], '--header is not "Name: value".'],
    ['a time that is no number', ['http://127.0.0.1/', '--quiet', '5s'], '--quiet is no number: 5s'],
    ['two forms', ['http://127.0.0.1/', '--json', '--report'], 'One form at a time'],
    ['no checks', ['http://127.0.0.1/', '--jobs', '0'], '--jobs is no whole number from 1'],
    ['a port that is none', ['http://127.0.0.1/', '--port', '99999'], '--port is no whole number'],
    ['another parameter to publish by', ['http://127.0.0.1/', '--publish', 'url'], '--publish is neither'],
  ])('of %s are refused', (_what, args, sentence) => {
    expect(() => readCommand(args)).toThrow(sentence)
  })
})

describe('the names of --only', () => {
  it.each([
    ['address/get', ['address/get']],
    ['13', ['denial/parameters', 'denial/callback-query', 'denial/reason']],
    ['websub.rocks', [100, 101, 102, 103, 104, 105, 106].map((n) => `websub.rocks/${n}`)],
  ])('%s', (name, ids) => {
    expect(select(CHECKS, [name]).map(({ id }) => id)).toEqual(ids)
  })

  it('must and strict share out all checks', () => {
    expect(select(CHECKS, ['must']).length + select(CHECKS, ['strict']).length).toBe(CHECKS.length)
  })
})
