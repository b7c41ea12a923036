/** `npm run conformance -- <hub url>`: the suite against any hub. */
import { type Command, readCommand, USAGE, UsageError } from './arguments.ts'
import { CHECKS } from './checks.ts'
import { createHubClient } from './hub-client.ts'
import { asReport } from './report.ts'
import { asJson, asLines, checkLine } from './results.ts'
import { failed, type Result, run, select, UnknownCheck } from './run.ts'
import { progressOn } from './terminal.ts'

const COULD_NOT_RUN = 2

const HINT = 'npm run conformance -- --help says what may be given, --list names the checks.\n'

function write({ form, options }: Command, results: readonly Result[]): string {
  if (form === 'json') return asJson(options.hubUrl, results)
  return form === 'report' ? asReport(options.hubUrl, results) : asLines(results)
}

try {
  const command = readCommand(process.argv.slice(2))
  const checks = select(CHECKS, command.only)
  if (command.form === 'help') {
    process.stdout.write(USAGE)
  } else if (command.form === 'list') {
    process.stdout.write(checks.map((check) => `${checkLine(check)}\n`).join(''))
  } else {
    await createHubClient(command.options).send({ method: 'GET' })
    const results = await run(checks, command.options, progressOn(process.stderr, checks.length))
    process.stdout.write(write(command, results))
    process.exitCode = results.some(failed) ? 1 : 0
  }
} catch (error) {
  const said = error instanceof Error ? error.message : String(error)
  const mistyped = error instanceof UsageError || error instanceof UnknownCheck
  process.stderr.write(`${said}\n${mistyped ? HINT : ''}`)
  process.exitCode = COULD_NOT_RUN
}
