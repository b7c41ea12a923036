/** What every command of `signet` looks like, and what it is given of the process. */

/** The process, as far as commands need it; `main.ts` alone touches the real one. */
export interface Terminal {
  env: Record<string, string | undefined>
  stdin: AsyncIterable<Buffer | string>
  /** To standard output. */
  print: (text: string) => void
  /** Calls back at the first signal of each kind that asks to stop. */
  onSignal: (act: (signal: string) => void) => void
}

export interface Command {
  /** As it is typed, without `signet`. */
  readonly usage: string
  /** What it does, half a sentence. */
  readonly about: string
  /** Options in more words, a line each. */
  readonly options?: readonly string[]
  /**
   * @param args what follows the command's name
   * @throws UsageError when they are wrong
   * @throws Error with one sentence when it cannot do what it was asked
   */
  run(args: string[], terminal: Terminal): void | Promise<void>
}

/** The command was typed wrongly, as opposed to: it was understood and failed. */
export class UsageError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'UsageError'
  }
}
