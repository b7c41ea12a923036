/** The command line → what is to be measured, and how it is said. */
import { parseArgs } from 'node:util'
import type { Scenario } from './scenario.ts'
import { DEFAULT_SIZES, QUICK_SIZES, type Sizes } from './sizes.ts'

export interface Command {
  scenarios: readonly Scenario[]
  sizes: Sizes
  /** With sizes that tell nothing. */
  quick: boolean
  json: boolean
  strict: boolean
}

export class UsageError extends Error {}

export const usage = (scenarios: readonly Scenario[]): string => `npm run bench -- [options]

  --only <rows>      separated by commas; rows that are measured together come together
  --rounds <number>  of hub and baseline by turns (${DEFAULT_SIZES.rounds})
  --quick            sizes that show that it works, and nothing more
  --json             the results as JSON
  --strict           ends with 1 when a bar is not met

The rows: ${scenarios.map(({ rows }) => rows.map(({ id }) => id).join(' + ')).join(', ')}

It ends with 0 when everything was measured, 2 when something could not be.
`

/** @throws UsageError with a sentence for whoever typed it */
export function readCommand(argv: readonly string[], all: readonly Scenario[]): Command {
  const { only, rounds, quick, json, strict } = parse(argv)
  const sizes = quick === true ? QUICK_SIZES : DEFAULT_SIZES
  if (rounds !== undefined && !/^[1-9]\d{0,2}$/.test(rounds))
    throw new UsageError(`--rounds is no whole number from 1 to 999: ${rounds}`)
  return {
    scenarios: only === undefined ? all : select(all, only.split(',')),
    sizes: { ...sizes, ...(rounds !== undefined && { rounds: Number(rounds) }) },
    quick: quick === true,
    json: json === true,
    strict: strict === true,
  }
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        only: { type: 'string' },
        rounds: { type: 'string' },
        quick: { type: 'boolean' },
        json: { type: 'boolean' },
        strict: { type: 'boolean' },
      },
    }).values
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

function select(all: readonly Scenario[], ids: readonly string[]): Scenario[] {
  const has = (scenario: Scenario, id: string) => scenario.rows.some((row) => row.id === id)
  const unknown = ids.find((id) => !all.some((scenario) => has(scenario, id)))
  if (unknown !== undefined) throw new UsageError(`--only ${unknown}: there is no such row.`)
  return all.filter((scenario) => ids.some((id) => has(scenario, id)))
}
