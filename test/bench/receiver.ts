/** The receiver's process, as the bench sees it. */
import { Pool } from 'undici'
import { expect } from './exchange.ts'
import { startProgram } from './process.ts'

export interface Counts {
  posts: number
  gets: number
  /** When the last of them arrived, on the clock that all processes share. */
  lastAt: number
}

export interface Arrival {
  /** When its headers were in. */
  at: number
  url: string
  body: string
  /** Names and values by turns, as sent. */
  headers: string[]
}

export interface Receiver {
  /** @param host of 127.0.0.0/8, which are all this one */
  url(path: string, host?: string): string
  /** On a port that `closeSecond` closes. */
  secondUrl(path: string, host?: string): string
  closeSecond(): Promise<void>
  /** Counts anew. @param record keeps what arrives, too */
  reset(record?: boolean): Promise<void>
  /** Fulfilled once so many have arrived since the last reset; rejects when they do not come in time. */
  wait(for_: { posts?: number; gets?: number }): Promise<Counts>
  counts(): Promise<Counts>
  arrivals(): Promise<Arrival[]>
  kill(): Promise<void>
}

const PATIENCE_MS = 120_000

export async function startReceiver(): Promise<Receiver> {
  const program = await startProgram('receiver')
  const { port, second, control } = program.ports
  const pool = new Pool(`http://127.0.0.1:${control}`, { connections: 4, headersTimeout: PATIENCE_MS })
  const ask = async <T>(path: string): Promise<T> =>
    JSON.parse(await expect(pool, 200, { method: 'GET', path })) as T
  return {
    url: (path, host = '127.0.0.1') => `http://${host}:${port}${path}`,
    secondUrl: (path, host = '127.0.0.1') => `http://${host}:${second}${path}`,
    closeSecond: () => ask('/close-second'),
    reset: (record = false) => ask(`/reset?record=${Number(record)}`),
    async wait({ posts = 0, gets = 0 }) {
      try {
        return await ask<Counts>(`/wait?posts=${posts}&gets=${gets}`)
      } catch (error) {
        const seen = await ask<Counts>('/counts')
        throw new Error(
          `waited for ${posts} deliveries and ${gets} challenges, and saw ${seen.posts} and ${seen.gets}`,
          { cause: error },
        )
      }
    },
    counts: () => ask('/counts'),
    arrivals: () => ask('/arrivals'),
    async kill() {
      await pool.destroy()
      await program.kill()
    },
  }
}
