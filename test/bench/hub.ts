/** The hub as a user starts it: its program, on a store of its own, set by environment alone and spoken to by HTTP. */
import { createServer } from 'node:net'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Pool } from 'undici'
import { monotonic, pause } from './clock.ts'
import { expect, send } from './exchange.ts'
import { end, pidOf, start } from './process.ts'

const PROGRAM = fileURLToPath(new URL('../../bin/signet.js', import.meta.url))

/** `BENCH_PROFILE` names a folder: every hub leaves a CPU profile there when it ends. */
const profiles = process.env.BENCH_PROFILE
const PROFILING = profiles === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profiles}`]

const ADMIN_TOKEN = 'bench-admin-token-0123456789'

/** Topics keep their names, whatever port the hub has. */
export const HUB_URL = 'http://hub.bench'

const READY_WITHIN_MS = 60_000

export interface BenchHub {
  pid: number
  origin: string
  admin<T = unknown>(method: 'GET' | 'POST', path: string, body?: object): Promise<T>
  /** SIGTERM, so that the store is complete without its log. */
  stop(): Promise<void>
  kill(): Promise<void>
}

export async function startHub(folder: string, env: Record<string, string> = {}): Promise<BenchHub> {
  const port = await freePort()
  const child = start([...PROFILING, PROGRAM], {
    SIGNET_PORT: String(port),
    SIGNET_URL: HUB_URL,
    SIGNET_STORE: `sqlite:${join(folder, 'signet.db')}`,
    SIGNET_ADMIN_TOKEN: ADMIN_TOKEN,
    SIGNET_OUTBOUND_ALLOW: '127.0.0.0/8',
    SIGNET_LOG_LEVEL: 'warn',
    ...env,
  })
  child.stdout.pipe(process.stderr)
  const origin = `http://127.0.0.1:${port}`
  const pool = new Pool(origin, { connections: 1 })
  const giveUp = monotonic() + READY_WITHIN_MS
  // At this level the hub does not say that it listens.
  while (!(await isAlive(pool))) {
    if (child.exitCode !== null || monotonic() > giveUp) {
      await end(child, 'SIGKILL')
      throw new Error('the hub did not start')
    }
    await pause(20)
  }
  const close = async (signal: NodeJS.Signals): Promise<void> => {
    await pool.destroy()
    await end(child, signal)
  }
  return {
    pid: pidOf(child),
    origin,
    async admin<T>(method: 'GET' | 'POST', path: string, body?: object) {
      const answer = await expect(pool, method === 'GET' ? 200 : 201, {
        method,
        path: `/admin/v1${path}`,
        headers: { Authorization: `Bearer ${ADMIN_TOKEN}`, 'Content-Type': 'application/json' },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      })
      return JSON.parse(answer) as T
    },
    stop: () => close('SIGTERM'),
    // One that is killed leaves no profile.
    kill: () => close(profiles === undefined ? 'SIGKILL' : 'SIGTERM'),
  }
}

const isAlive = (pool: Pool): Promise<boolean> =>
  send(pool, { method: 'GET', path: '/healthz' }).then(
    ({ status }) => status === 200,
    () => false,
  )

/** Free a moment ago: nobody else is likely to take it meanwhile. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}
