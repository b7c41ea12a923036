/** The program as a process of its own, with an environment of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const PROGRAM = fileURLToPath(new URL('../../bin/signet.js', import.meta.url))

export interface RunningProgram {
  process: ChildProcess
  /** What it wrote so far, to both. */
  output(): string
  stdout(): string
  /** Its lines that are JSON. */
  logs(): Record<string, unknown>[]
  /** Resolves with the port as soon as the program says that it is listening; rejects when it ends before. */
  listening(): Promise<number>
  /** Resolves with the exit code. */
  ended(): Promise<number | null>
}

/** Only what is given here, and where Node is and keeps compiled code: nothing else of the caller's environment. */
export function run(env: Record<string, string>, args: readonly string[] = []): RunningProgram {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    env: {
      PATH: process.env.PATH,
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
      SIGNET_PORT: '0',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  const exit = once(child, 'close').then(([code]) => code as number | null)
  const listening = new Promise<number>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString()
      const port = /listening on [^"]*:(\d+)"/.exec(stdout)?.[1]
      if (port !== undefined) resolve(Number(port))
    })
    void exit.then((code) => reject(new Error(`ended with ${String(code)}:\n${stdout}${stderr}`)))
  })
  // Whoever expects the end does not wait for this.
  listening.catch(() => undefined)
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  return {
    process: child,
    output: () => stdout + stderr,
    stdout: () => stdout,
    logs: () =>
      stdout
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line) as Record<string, unknown>),
    listening: () => listening,
    ended: () => exit,
  }
}
