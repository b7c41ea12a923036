/** Runs a command of the program without a process of its own. */
import { Readable } from 'node:stream'
import { runCommand } from '../../src/cli/index.ts'

/** @returns what it printed; rejects as the command does */
export async function printed(
  args: string[],
  stdin: string | Buffer = '',
  env: Record<string, string> = {},
): Promise<string> {
  let output = ''
  await runCommand(args, {
    env,
    stdin: Readable.from([Buffer.from(stdin)]),
    print: (text) => void (output += text),
    onSignal: () => undefined,
  })
  return output
}
