/** The commands: `signet <command> …`; without one, the hub is run. */
import { admin } from './admin.ts'
import { type Command, type Terminal, UsageError } from './command.ts'
import { events } from './events.ts'
import { explain } from './explain.ts'
import { helpOn } from './help.ts'
import { keys } from './keys.ts'
import { start } from './start.ts'

/** A map, since an object would also answer to `constructor`. */
const commands = new Map<string, Command>([
  ['start', start],
  ['events', events],
  ['explain', explain],
  ['keys', keys],
  ['admin', admin],
])
commands.set('help', helpOn(commands))

/** @param args what was typed after `signet` */
export async function runCommand([typed = 'start', ...args]: string[], terminal: Terminal): Promise<void> {
  const name = typed === '--help' || typed === '-h' ? 'help' : typed
  const command = commands.get(name)
  if (command === undefined) {
    const known = [...commands.keys()].join(', ')
    throw new UsageError(`There is no command ${JSON.stringify(typed)}; there are ${known}.`)
  }
  await command.run(args, terminal)
}
