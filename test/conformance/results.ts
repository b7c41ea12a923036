/** The results as lines for a terminal, and as JSON for programs. */
import type { Check, Outcome } from './check.ts'
import type { Result } from './run.ts'

export const KINDS = ['pass', 'fail', 'not applicable'] as const
export type Kind = (typeof KINDS)[number]

export const kindOf = (outcome: Outcome): Kind =>
  outcome === 'pass' ? 'pass' : 'fail' in outcome ? 'fail' : 'not applicable'

/** What was seen, or why it could not be. */
export function saidOf(outcome: Outcome): string | undefined {
  if (outcome === 'pass') return undefined
  return 'fail' in outcome ? outcome.fail : outcome.notApplicable
}

const WORDS: Record<Kind, string> = { pass: 'pass', fail: 'FAIL', 'not applicable': 'n/a ' }

export const checkLine = ({ id, point, title }: Check): string =>
  `${String(point).padStart(3)}  ${id}: ${title}`

export function resultLines({ check, outcome }: Result): string {
  const said = saidOf(outcome)
  const line = `${WORDS[kindOf(outcome)]}  ${checkLine(check)}\n`
  return said === undefined ? line : `${line}           ${said}\n`
}

export function count(results: readonly Result[], kind: Kind): number {
  return results.filter(({ outcome }) => kindOf(outcome) === kind).length
}

export const summary = (results: readonly Result[]): string =>
  `${results.length} ${results.length === 1 ? 'check' : 'checks'}: ${KINDS.map((kind) => `${count(results, kind)} ${kind}`).join(', ')}\n`

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
