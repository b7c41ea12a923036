/** A real hub on port 0, on a real SQLite file in a temporary folder. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import request from 'supertest'
import { toConfig } from '../../src/config.ts'
import { type Hub, type Overrides, startHub } from '../../src/hub.ts'
import { keepSecretKey } from '../../src/keys/secret-key.ts'
import { createLog } from '../../src/log.ts'
import { writeEmptyStore } from './empty-store.ts'

export const ADMIN_TOKEN = 'test-admin-token-0123456789'

export interface TestHub extends Hub {
  /** The folder that holds the store. */
  folder: string
  /** Requests to the hub: `hub.http.get('/healthz')`. */
  http: ReturnType<typeof request>
  /** Requests to the admin API with its token; rejects when the status is not as expected. */
  admin: {
    get<T = Record<string, unknown>>(path: string): Promise<T>
    post<T = Record<string, unknown>>(path: string, body: object): Promise<T>
    delete(path: string): Promise<void>
  }
  /** Closes the hub and keeps its folder, for a restart. */
  stop(): Promise<void>
}

export interface TestHubOptions {
  env?: Record<string, string>
  overrides?: Partial<Overrides>
  /** A folder of an earlier hub, to restart on. */
  folder?: string
}

export async function startTestHub({ env, overrides, folder: kept }: TestHubOptions = {}): Promise<TestHub> {
  const folder = kept ?? mkdtempSync(join(tmpdir(), 'signet-test-'))
  const path = join(folder, 'signet.db')
  if (kept === undefined) {
    // First, since the key of a store that is there already is never made anew.
    keepSecretKey(join(folder, 'secret.key'), path)
    await writeEmptyStore(path)
  }
  const { config } = toConfig({
    SIGNET_PORT: '0',
    SIGNET_STORE: `sqlite:${path}`,
    SIGNET_ADMIN_TOKEN: ADMIN_TOKEN,
    SIGNET_OUTBOUND_ALLOW: '127.0.0.0/8',
    SIGNET_LOG_LEVEL: 'silent',
    ...env,
  })
  const hub = await startHub(config, createLog(config.logLevel), overrides)
  const http = request(`http://127.0.0.1:${hub.port}`)
  const bearer = `Bearer ${ADMIN_TOKEN}`
  return {
    ...hub,
    folder,
    http,
    admin: {
      async get<T>(path: string) {
        const answer = await http.get(`/admin/v1${path}`).set('Authorization', bearer).expect(200)
        return answer.body as T
      },
      async post<T>(path: string, body: object) {
        const answer = await http.post(`/admin/v1${path}`).set('Authorization', bearer).send(body)
        if (answer.status >= 300) throw new Error(`POST ${path}: ${answer.status} ${answer.text}`)
        return answer.body as T
      },
      async delete(path: string) {
        await http.delete(`/admin/v1${path}`).set('Authorization', bearer).expect(204)
      },
    },
    stop: () => hub.close(),
    async close() {
      await hub.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
