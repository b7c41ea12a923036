import { parseArgs, type ParseArgsConfig } from 'node:util'
import { UsageError } from './command.ts'

/**
 * The options and words of a command.
 * @throws UsageError
 */
export function readArguments<T extends ParseArgsConfig>(config: T): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs(config)
  } catch (error) {
    // Node's advice on how else to write it follows the first sentence.
    const [sentence = ''] = (error instanceof Error ? error.message : String(error)).split(/\.\s/, 1)
    throw new UsageError(`${sentence.replace(/\.$/, '')}; see "signet help".`, { cause: error })
  }
}
