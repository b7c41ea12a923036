import { toConfig } from '../config.ts'
import { readArguments } from './arguments.ts'
import { type Command, UsageError } from './command.ts'

export const admin: Command = {
  usage: 'admin token',
  about: 'gives a stopped hub a new admin token in place of one that was lost, and prints it',
  options: ['on the machine itself, with the settings that the hub starts with'],

  async run(args, { env, print }) {
    const { positionals } = readArguments({ args, allowPositionals: true })
    if (positionals.length !== 1 || positionals[0] !== 'token') {
      throw new UsageError('Say "signet admin token".')
    }
    const { config } = toConfig(env)
    const { replaceRootToken } = await import('../root-token.ts')
    const token = await replaceRootToken(config)
    print(`Admin token, shown this once: ${token}\nThe one before is good no more. Start the hub again.\n`)
  },
}
