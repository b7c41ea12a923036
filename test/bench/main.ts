/** `npm run bench`: what the hub costs, beside what the same costs without it. */
import { type Command, readCommand, UsageError, usage } from './arguments.ts'
import { isMet } from './bar.ts'
import { measure, type Result } from './measure.ts'
import { asJson, asTable, origin } from './report.ts'
import { SCENARIOS } from './scenarios.ts'
import { makeScratch } from './workplace.ts'

const BAR_NOT_MET = 1
const COULD_NOT_RUN = 2

/** One line that changes, on a terminal alone. */
function tell(sentence: string): void {
  if (process.stderr.isTTY)
    process.stderr.write(`\r\x1b[K${sentence.slice(0, (process.stderr.columns || 80) - 1)}`)
}

async function run(command: Command): Promise<void> {
  const { scenarios, sizes, json, strict } = command
  const scratch = makeScratch()
  // Folders of a hundred megabytes must not be left behind.
  process.once('SIGINT', () => {
    scratch.remove()
    process.exit(COULD_NOT_RUN)
  })
  try {
    const results: Result[] = []
    for (const scenario of scenarios) results.push(...(await measure(scenario, sizes, scratch.folder, tell)))
    tell('')
    process.stdout.write((json ? asJson : asTable)(results, origin(command, scratch.disk)))
    if (results.some((result) => !('ratios' in result))) process.exitCode = COULD_NOT_RUN
    else if (strict && results.some((result) => 'ratios' in result && isMet(result) === false))
      process.exitCode = BAR_NOT_MET
  } finally {
    scratch.remove()
  }
}

try {
  await run(readCommand(process.argv.slice(2), SCENARIOS))
} catch (error) {
  const said = error instanceof UsageError ? `${error.message}\n\n${usage(SCENARIOS)}` : String(error)
  process.stderr.write(`${said}\n`)
  process.exitCode = COULD_NOT_RUN
}
