import { toConfig } from '../config.ts'
import { readArguments } from './arguments.ts'
import type { Command } from './command.ts'

export const start: Command = {
  usage: '[start]',
  about: 'runs the hub; its settings are the environment variables SIGNET_…, all with defaults',

  async run(args, { env, print, onSignal }) {
    readArguments({ args })
    const { config, warnings } = toConfig(env)
    // Loaded here, since no other command needs the hub, and it is most of the program.
    const [{ startHub }, { createLog }] = await Promise.all([import('../hub.ts'), import('../log.ts')])
    const log = createLog(config.logLevel)
    warnings.forEach((warning) => log.warned(warning))
    const hub = await startHub(config, log)
    const stopped = new Promise<void>((resolve, reject) => {
      onSignal((signal) => {
        log.stopping({ signal })
        hub.close().then(resolve, reject)
      })
    })
    // Said last: whoever waits for this line may send a signal or a request at once.
    log.started({ url: hub.url, address: `${config.host}:${hub.port}`, store: config.storePath })
    if (hub.newAdminToken !== undefined) print(`Admin token, shown this once: ${hub.newAdminToken}\n`)
    await stopped
    log.stopped()
  },
}
