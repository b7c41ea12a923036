/** The results as lines for a terminal, and as JSON for programs. */
import type { Check, Outcome } from './check.ts'
import { failed, type Result } from './run.ts'

export const KINDS = ['pass', 'fail', 'not applicable'] as const
export type Kind = (typeof KINDS)[number]

export const kindOf = (outcome: Outcome): Kind =>
  'pass' in outcome ? 'pass' : 'fail' in outcome ? 'fail' : 'not applicable'

/** What was seen, or why it could not be. */
export function saidOf(outcome: Outcome): string | undefined {
  if ('pass' in outcome) return outcome.pass
  return 'fail' in outcome ? outcome.fail : outcome.notApplicable
}

const WORDS: Record<Kind, string> = { pass: 'pass', fail: 'FAIL', 'not applicable': 'n/a ' }

export const checkLine = ({ id, point, level, title }: Check): string =>
  `${String(point).padStart(3)}  ${level.padEnd(6)}  ${id}: ${title}`

function resultLines({ check, outcome }: Result): string {
  const said = saidOf(outcome)
  const line = `${WORDS[kindOf(outcome)]}  ${checkLine(check)}\n`
  return said === undefined ? line : `${line}                   ${said}\n`
}

export function count(results: readonly Result[], kind: Kind): number {
  return results.filter(({ outcome }) => kindOf(outcome) === kind).length
}

/** How many of each kind, and which failed: they would be looked for among many lines. */
export function summary(results: readonly Result[]): string {
  const counts = KINDS.map((kind) => `${count(results, kind)} ${kind}`).join(', ')
  const failures = (['must', 'strict'] as const).flatMap((level) => {
    const ids = results.filter((result) => failed(result) && result.check.level === level)
    return ids.length === 0 ? [] : [`${FAILED[level]}: ${ids.map(({ check }) => check.id).join(', ')}\n`]
  })
  return [`${results.length} ${results.length === 1 ? 'check' : 'checks'}: ${counts}\n`, ...failures].join('')
}

const FAILED: Record<Check['level'], string> = {
  must: 'Failed of what WebSub demands',
  strict: 'Failed of what this suite adds',
}

export const asLines = (results: readonly Result[]): string =>
  `${results.map(resultLines).join('')}\n${summary(results)}`

export const asJson = (hub: string, results: readonly Result[]): string =>
  `${JSON.stringify(
    {
      hub,
      pass: count(results, 'pass'),
      fail: count(results, 'fail'),
      not_applicable: count(results, 'not applicable'),
      checks: results.map(({ check: { id, point, level, title }, outcome, ms }) => ({
        id,
        point,
        level,
        title,
        result: kindOf(outcome).replace(' ', '_'),
        ...(saidOf(outcome) !== undefined && { seen: saidOf(outcome) }),
        ms,
      })),
    },
    undefined,
    2,
  )}\n`
