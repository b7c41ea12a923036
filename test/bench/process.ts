/** Processes of the bench: everything that is measured, or measured against, is one of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export interface Program {
  pid: number
  /** What it said when it was ready. */
  ports: { port: number; control: number; second: number }
  kill(): Promise<void>
}

/** Starts a program of `programs/`, which says on its first line by which ports it can be reached. */
export async function startProgram(name: string, args: readonly string[] = []): Promise<Program> {
  const path = fileURLToPath(new URL(`programs/${name}.ts`, import.meta.url))
  const child = start([path, ...args], {})
  const lines = createInterface(child.stdout)
  const line = await Promise.race([
    once(lines, 'line').then(([text]) => text as string),
    once(child, 'exit').then(() => {
      throw new Error(`${name} ended before it was ready`)
    }),
  ])
  const ports = JSON.parse(line) as Program['ports']
  return { pid: pidOf(child), ports, kill: () => end(child, 'SIGKILL') }
}

/** Whatever still runs when the bench ends, however it ends. */
const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** Node on these arguments; its errors go to ours. */
export function start(args: readonly string[], env: Record<string, string>) {
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE, ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  running.add(child)
  child.once('exit', () => running.delete(child))
  return child
}

export async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill(signal)
  await exited
}

export function pidOf({ pid }: ChildProcess): number {
  if (pid === undefined) throw new Error('a process could not be started')
  return pid
}

/** Ticks of a hundredth of a second, on every Linux that Node runs on. */
const TICK_MS = 10

/** CPU time that a process has used so far, all its threads together, in milliseconds. */
export function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The name of the program, in parentheses, may have spaces in it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS
}

/** Resident memory of a process, in MB of a million bytes: now, and at the most so far. */
export function residentMb(pid: number): { now: number; peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const read = (name: string): number =>
    (Number(new RegExp(`^${name}:\\s*(\\d+) kB`, 'm').exec(status)?.[1]) * 1024) / 1e6
  return { now: read('VmRSS'), peak: read('VmHWM') }
}
