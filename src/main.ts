/** The process: environment, signals, exit code. */
import { toConfig } from './config.ts'
import { type Hub, startHub } from './hub.ts'
import { createLog } from './log.ts'

/** What went wrong, for a person; a hub that cannot start owes them no stack trace. */
function fail(error: unknown): void {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}

function closeOnSignal(hub: Hub, log: ReturnType<typeof createLog>): void {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      log.stopping({ signal })
      hub.close().then(() => log.stopped(), fail)
    })
  }
}

try {
  const { config, warnings } = toConfig(process.env)
  const log = createLog(config.logLevel)
  warnings.forEach((warning) => log.warned(warning))
  const hub = await startHub(config, log)
  closeOnSignal(hub, log)
  // Said last: whoever waits for this line may send a signal or a request at once.
  log.started({ url: hub.url, address: `${config.host}:${hub.port}`, store: config.storePath })
  if (hub.newAdminToken !== undefined) {
    process.stdout.write(`Admin token, shown this once: ${hub.newAdminToken}\n`)
  }
} catch (error) {
  fail(error)
}
