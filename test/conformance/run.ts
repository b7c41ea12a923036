/** Runs checks against a hub, side by side where they may. */
import { type Check, Failure, NotApplicable, type Outcome } from './check.ts'
import { type Context, createContext } from './context.ts'
import type { Options } from './options.ts'
import { startSite } from './site/server.ts'

export interface Result {
  check: Check
  outcome: Outcome
  ms: number
}

/** What someone who watches is told. */
export interface Progress {
  started(check: Check): void
  ended(result: Result): void
  /** The hub took what it was asked for, and yet never came to where topics and callbacks are served. */
  unvisited(origin: string): void
}

const SILENT: Progress = { started: () => undefined, ended: () => undefined, unvisited: () => undefined }

/** @returns one result for each check, in their order */
export async function run(
  checks: readonly Check[],
  options: Options,
  progress: Progress = SILENT,
): Promise<Result[]> {
  const site = await startSite(options.host, options.port, options.baseUrl)
  try {
    const context = createContext(options, site)
    const results = new Map<Check, Result>()
    const runOne = async (check: Check) => {
      progress.started(check)
      const result = await examine(check, context)
      results.set(check, result)
      progress.ended(result)
    }
    const queue = checks.filter(({ alone }) => alone !== true)
    await Promise.all(
      Array.from({ length: options.jobs }, async () => {
        for (let next = queue.shift(); next !== undefined; next = queue.shift()) await runOne(next)
      }),
    )
    for (const check of checks) if (check.alone === true) await runOne(check)
    if (site.visits() === 0 && context.taken() > 0) progress.unvisited(site.origin)
    return checks.flatMap((check) => results.get(check) ?? [])
  } finally {
    await site.close()
  }
}

async function examine(check: Check, context: Context): Promise<Result> {
  const began = performance.now()
  const end = (outcome: Outcome): Result => ({ check, outcome, ms: Math.round(performance.now() - began) })
  try {
    return end(await check.run(context))
  } catch (error) {
    if (error instanceof NotApplicable) return end({ notApplicable: error.message })
    if (error instanceof Failure) return end({ fail: error.message })
    return end({ fail: `the suite itself broke: ${error instanceof Error ? error.stack : String(error)}` })
  }
}

export const failed = ({ outcome }: Result): boolean => 'fail' in outcome

export class UnknownCheck extends Error {}

/**
 * The checks that `--only` names: ids, sections (the half before the slash), numbers of points, `must`, `strict`.
 * @throws UnknownCheck when a name means none
 */
export function select(checks: readonly Check[], names: readonly string[]): Check[] {
  if (names.length === 0) return [...checks]
  const means = (check: Check, name: string) =>
    [check.id, check.id.split('/')[0], String(check.point), check.level].includes(name)
  const lost = names.find((name) => !checks.some((check) => means(check, name)))
  if (lost !== undefined) throw new UnknownCheck(`--only ${lost}: there is no such check.`)
  return checks.filter((check) => names.some((name) => means(check, name)))
}
