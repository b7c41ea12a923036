/** `npm run conformance -- <hub url>`: the suite against any hub. */
import { type Command, readCommand, USAGE, UsageError } from './arguments.ts'
import { CHECKS } from './checks.ts'
import { createHubClient } from './hub-client.ts'
import { asReport } from './report.ts'
import { asJson, asLines, checkLine } from './results.ts'
import { failed, type Progress, type Result, run, select } from './run.ts'

const COULD_NOT_RUN = 2

/** One line that changes, on a terminal alone. */
function progressOf(total: number): Progress {
  const running = new Set<string>()
  let ended = 0
  const draw = () => {
    const line = `${ended} of ${total}; waiting for ${[...running].join(', ')}`
    const columns = process.stderr.columns || 80
    process.stderr.write(`\r\x1b[K${ended === total ? '' : line.slice(0, columns - 1)}`)
  }
  const onTerminal = (act: () => void) => {
    act()
    if (process.stderr.isTTY) draw()
  }
  return {
    started: ({ id }) => onTerminal(() => running.add(id)),
    ended: ({ check }) =>
      onTerminal(() => {
        running.delete(check.id)
        ended += 1
      }),
  }
}

function write({ form, options }: Command, results: readonly Result[]): string {
  if (form === 'json') return asJson(options.hubUrl, results)
  return form === 'report' ? asReport(options.hubUrl, results) : asLines(results)
}

try {
  const command = readCommand(process.argv.slice(2))
  const checks = select(CHECKS, command.only)
  if (command.form === 'list') {
    process.stdout.write(checks.map((check) => `${checkLine(check)}\n`).join(''))
  } else {
    await createHubClient(command.options).send({ method: 'GET' })
    const results = await run(checks, command.options, progressOf(checks.length))
    process.stdout.write(write(command, results))
    process.exitCode = results.some(failed) ? 1 : 0
  }
} catch (error) {
  const usage = error instanceof UsageError || error instanceof RangeError
  process.stderr.write(
    `${error instanceof Error ? error.message : String(error)}\n${usage ? `\n${USAGE}` : ''}`,
  )
  process.exitCode = COULD_NOT_RUN
}
