/** The bare undici loop's process, as the bench sees it. */
import { Pool } from 'undici'
import { expect } from './exchange.ts'
import { cpuMs, startProgram } from './process.ts'

export interface LoopOrder {
  /** Taken by turns. */
  urls: string[]
  /** Begins nothing more after this long. */
  ms: number
  /** To each origin. */
  connections: number
  /** What is posted; without it each URL is asked to repeat the challenge that is put behind it. */
  post?: { headers: Record<string, string>; body: string }
}

/** On the clock that all processes share. */
export interface LoopResult {
  /** Of exchanges. */
  count: number
  startedAt: number
  endedAt: number
}

/**
 * As long as the hub's last round, within bounds: where a machine is busy, a short burst gets more of it than work
 * that lasts.
 */
export const asLongAs = (hubMs: number): number => Math.min(Math.max(hubMs, 200), 3_000)

interface BareLoop {
  run(order: LoopOrder): Promise<LoopResult & { cpuMs: number }>
  kill(): Promise<void>
}

export async function startBareLoop(): Promise<BareLoop> {
  const program = await startProgram('bare-loop')
  const pool = new Pool(`http://127.0.0.1:${program.ports.control}`, { connections: 1 })
  return {
    async run(order) {
      const before = cpuMs(program.pid)
      const body = await expect(pool, 200, { method: 'POST', path: '/run', body: JSON.stringify(order) })
      return { ...(JSON.parse(body) as LoopResult), cpuMs: cpuMs(program.pid) - before }
    },
    async kill() {
      await pool.destroy()
      await program.kill()
    },
  }
}
