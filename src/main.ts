/** The process: arguments, environment, signals, exit code. */
import { UsageError } from './cli/command.ts'
import { runCommand } from './cli/index.ts'

/** What went wrong, for a person: they are owed no stack trace. */
function fail(error: unknown): void {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = error instanceof UsageError ? 2 : 1
}

// Whoever reads may have read enough: `signet events | head -1` is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') fail(error)
})

try {
  await runCommand(process.argv.slice(2), {
    env: process.env,
    stdin: process.stdin,
    print: (text) => void process.stdout.write(text),
    onSignal(act) {
      for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => act(signal))
    },
  })
} catch (error) {
  fail(error)
}
