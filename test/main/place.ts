/** A folder for the program's store, and the programs that were started on it. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import request from 'supertest'
import { expect } from 'vitest'
import { run, type RunningProgram } from '../support/process.ts'

export const ADMIN_TOKEN = 'main-test-admin-token-42'

export interface Place {
  folder: string
  start(env?: Record<string, string>): RunningProgram
  /** Kills what still runs. */
  clear(): Promise<void>
}

export function makePlace(): Place {
  const folder = mkdtempSync(join(tmpdir(), 'signet-main-'))
  const programs: RunningProgram[] = []
  return {
    folder,
    start(env = {}) {
      const program = run({ SIGNET_STORE: `sqlite:${join(folder, 'signet.db')}`, ...env })
      programs.push(program)
      return program
    },
    async clear() {
      for (const program of programs) {
        program.process.kill('SIGKILL')
        await program.ended()
      }
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

export const http = (port: number) => request(`http://127.0.0.1:${port}`)

/** Ends it as an operator would. */
export async function stop(program: RunningProgram): Promise<void> {
  program.process.kill('SIGTERM')
  expect(await program.ended()).toBe(0)
}
