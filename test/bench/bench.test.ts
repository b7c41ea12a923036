/** `npm run bench`, in small: every row is measured, and what is said of it follows from what was measured. */
import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, rmdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { readCommand, UsageError } from './arguments.ts'
import { barText, isMet } from './bar.ts'
import { median, quantile } from './figures.ts'
import type { Measured } from './measure.ts'
import { asTable } from './report.ts'
import type { Bar } from './scenario.ts'
import { SCENARIOS } from './scenarios.ts'

const ROWS = SCENARIOS.flatMap(({ rows }) => rows)

interface Report {
  rows: { id: string; not_measured?: string; ratio?: { median: number; min: number; max: number } }[]
}

function bench(
  args: string[],
  folder = tmpdir(),
): Promise<{ code: unknown; stdout: string; stderr: string }> {
  const main = fileURLToPath(new URL('main.ts', import.meta.url))
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [main, ...args],
      { env: { ...process.env, TMPDIR: folder } },
      (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : error.code, stdout, stderr })
      },
    )
  })
}

describe('the command', () => {
  it('measures every row, and leaves nothing behind', { timeout: 300_000 }, async () => {
    // On a disk, as it wants to be.
    const folder = mkdtempSync(join(process.env.SIGNET_TEST_DISK ?? tmpdir(), 'signet-test-'))
    const { code, stdout, stderr } = await bench(['--quick', '--json'], folder)
    expect(stderr).toBe('')
    const { rows } = JSON.parse(stdout) as Report
    expect(rows.map(({ id, not_measured }) => ({ id, not_measured }))).toEqual(
      ROWS.map(({ id }) => ({ id, not_measured: undefined })),
    )
    for (const { ratio } of rows) {
      expect(ratio?.median).toBeGreaterThan(0)
      expect(ratio?.median).toBeLessThan(Infinity)
    }
    expect(code).toBe(0)
    expect(readdirSync(folder)).toEqual([])
    rmdirSync(folder)
  })

  it('ends with 2 and its usage when there is no such row', async () => {
    const { code, stderr } = await bench(['--only', 'deliveries,speed'])
    expect(stderr).toContain('--only speed: there is no such row.\n')
    expect(stderr).toContain('npm run bench -- [options]')
    expect(code).toBe(2)
  })
})

describe('the arguments', () => {
  it('select rows, with those that are measured together', () => {
    const { scenarios, sizes } = readCommand(['--only', 'latency-p99,claim', '--rounds', '3'], SCENARIOS)
    expect(scenarios.map(({ rows }) => rows.map(({ id }) => id))).toEqual([
      ['latency-p50', 'latency-p99'],
      ['claim', 'memory'],
    ])
    expect(sizes.rounds).toBe(3)
  })

  it.each([['--rounds', '0'], ['--rounds', 'two'], ['--fast'], ['deliveries']])(
    'are refused: %s %s',
    (...args) => {
      expect(() => readCommand(args, SCENARIOS)).toThrow(UsageError)
    },
  )
})

const measured = (bar: Bar, ratios: number[], hub: number[] = ratios): Measured => ({
  row: { id: 'row', what: 'what', unit: 'ms', bar },
  hub,
  baseline: ratios.map(() => 1),
  ratios,
})

describe('a bar', () => {
  it.each<[Bar, number[], boolean | undefined]>([
    [{ kind: 'at least', ratio: 0.6 }, [0.1, 0.6, 0.9], true],
    [{ kind: 'at least', ratio: 0.6 }, [0.1, 0.59, 0.9], false],
    [{ kind: 'at most', ratio: 2 }, [1, 2, 9], true],
    [{ kind: 'at most', ratio: 2 }, [1, 2.1, 9], false],
    [{ kind: 'same' }, [0.5, 1.25, 9], true],
    [{ kind: 'same' }, [0.5, 1.26, 9], false],
    [{ kind: 'none' }, [9], undefined],
  ])('is met by the median of the ratios: %j, %j', (bar, ratios, met) => {
    expect(isMet(measured(bar, ratios))).toBe(met)
  })

  it('of memory is met by what the hub has, whatever the baseline has', () => {
    const bar: Bar = { kind: 'at most MB', megabytes: 300 }
    expect(isMet(measured(bar, [9], [300]))).toBe(true)
    expect(isMet(measured(bar, [0.1], [301]))).toBe(false)
  })
})

it('quantiles are by the nearest rank', () => {
  const values = Array.from({ length: 100 }, (_, i) => 100 - i)
  expect(quantile(values, 0.99)).toBe(99)
  expect(quantile(values, 0.5)).toBe(50)
  expect(median(values)).toBe(50.5)
  expect(median([3, 1, 2])).toBe(2)
})

it('the table says of every row what was measured, or why it was not', () => {
  const bar: Bar = { kind: 'at most', ratio: 2 }
  const table = asTable(
    [measured(bar, [1, 3, 4]), { row: { id: 'b', what: 'lost', unit: '/s', bar }, why: 'nothing arrived' }],
    'Here.',
  )
  expect(table).toMatch(/\| what +\| 3\.00 ms +\| 1\.00 ms +\| 3\.00 \(1\.00–4\.00\) +\| ≤ 2 +\| NO +\|/)
  expect(table).toMatch(/\| lost +\| +\| +\| not measured: nothing arrived \|/)
  expect(table).toContain('\nHere.\n')
  expect(barText(bar)).toBe('≤ 2')
})
