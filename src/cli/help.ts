import { readArguments } from './arguments.ts'
import type { Command } from './command.ts'

/** @param commands all of them; looked at when it runs, so that it may be one of them */
export function helpOn(commands: ReadonlyMap<string, Command>): Command {
  return {
    usage: 'help',
    about: 'shows this',

    run(args, { print }) {
      readArguments({ args })
      const lines = [...commands.values()].flatMap(({ usage, about, options = [] }) => [
        `  signet ${usage}`,
        `      ${about}`,
        ...options.map((option) => `        ${option}`),
      ])
      print(`Signet, a WebSub hub for identity events.\n\n${lines.join('\n')}\n`)
    },
  }
}
