/** The program as an operator starts it: a process of its own, on one store, that can be killed and started again. */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { KillPoint } from './saboteur.ts'

export const ADMIN_TOKEN = 'test-admin-token-0123456789'

/** Public URL of the hub, whatever port it has after a restart: topics keep their names. */
export const PUBLIC_URL = 'http://signet.test'

const PROGRAM = fileURLToPath(new URL('../../bin/signet.js', import.meta.url))
const SABOTEUR = new URL('saboteur.ts', import.meta.url).href

type Child = ChildProcessByStdio<null, Readable, Readable>

/** Soon again, as often as a test could want, and not given up after seconds, which a slow machine may take to start. */
export const RETRY_SCHEDULE = [...Array<string>(50).fill('100ms'), '1h'].join()

export interface Program {
  /** Holds the store, `signet.db`. */
  folder: string
  /** Where it listens now. */
  address(): string
  /** When the present process was started, in milliseconds since 1970. */
  startedAt(): number
  /** When it said that it listens. */
  listeningSince(): number
  /** SIGKILL; fulfilled once the process is gone. */
  kill(): Promise<void>
  /** @param more settings for this life alone */
  start(more?: Record<string, string>): Promise<void>
  /** It will kill itself at this point. @returns once it knows; the end comes by `died` */
  killAt(point: KillPoint): Promise<void>
  /** Fulfilled once the process has been killed; rejects when it ended otherwise. */
  died(): Promise<void>
  isRunning(): boolean
  /** Starts it and kills it so many milliseconds later, listening or not. */
  killWhileStarting(afterMs: number): Promise<void>
  /** SIGTERM. @returns the exit code */
  stop(): Promise<number | null>
  /** Kills what still runs and removes the store. */
  clear(): Promise<void>
}

export async function startProgram(env: Record<string, string>): Promise<Program> {
  const program = createProgram(env)
  await program.start()
  return program
}

/** With a folder of its own; not started yet. */
export function createProgram(env: Record<string, string>): Program {
  const folder = mkdtempSync(join(tmpdir(), 'signet-faults-'))
  let child: Child | undefined
  let address = ''
  let startedAt = 0
  let listeningSince = 0

  const running = (): Child | undefined =>
    child?.exitCode === null && child.signalCode === null ? child : undefined
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    const ending = running()
    if (ending !== undefined) {
      const exited = once(ending, 'exit')
      ending.kill(signal)
      await exited
    }
    return child?.exitCode ?? null
  }
  const program: Program = {
    folder,
    isRunning: () => running() !== undefined,
    address: () => address,
    startedAt: () => startedAt,
    listeningSince: () => listeningSince,
    async kill() {
      await end('SIGKILL')
    },
    async start(more) {
      startedAt = Date.now()
      child = spawn(process.execPath, ['--import', SABOTEUR, PROGRAM], {
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
        env: {
          PATH: process.env.PATH,
          NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
          SIGNET_PORT: '0',
          SIGNET_URL: PUBLIC_URL,
          SIGNET_STORE: `sqlite:${join(folder, 'signet.db')}`,
          SIGNET_ADMIN_TOKEN: ADMIN_TOKEN,
          SIGNET_OUTBOUND_ALLOW: '127.0.0.0/8',
          ...env,
          ...more,
        },
      }) as Child
      address = `http://${await listening(child)}`
      listeningSince = Date.now()
    },
    async killWhileStarting(afterMs) {
      const starting = program.start().catch(() => undefined)
      await new Promise((resolve) => setTimeout(resolve, afterMs))
      await program.kill()
      await starting
    },
    async killAt(point) {
      const armed = running()
      if (armed === undefined) throw new Error('it does not run')
      const answered = once(armed, 'message')
      armed.send(point)
      await answered
    },
    async died() {
      const dying = running()
      if (dying !== undefined) await once(dying, 'exit')
      if (child?.signalCode !== 'SIGKILL') throw new Error(`it ended with ${child?.exitCode ?? 'a signal'}`)
    },
    stop: () => end('SIGTERM'),
    async clear() {
      await program.kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
  return program
}

/** Reads the log until it names the address, and on, so that the program never waits for its reader. */
function listening(child: Child): Promise<string> {
  return new Promise((resolve, reject) => {
    const said: string[] = []
    const read = (line: string): void => {
      said.push(line)
      const address = /"address":"([^"]+)"/.exec(line)?.[1]
      if (address === undefined) return
      lines.off('line', read)
      resolve(address)
    }
    const lines = createInterface(child.stdout).on('line', read)
    createInterface(child.stderr).on('line', (line) => said.push(line))
    child.once('exit', (code) =>
      reject(new Error(`the program ended with ${code ?? 'a signal'}:\n${said.join('\n')}`)),
    )
  })
}
