/** The published package has no sources: what was built from them starts. */
import { execFileSync, spawn } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'signet-package-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

it('starts from its built form, and so do its commands', { timeout: 60_000 }, async () => {
  const compiler = join(root, 'node_modules/typescript/bin/tsc')
  const options = ['-p', 'tsconfig.build.json', '--outDir', join(folder, 'dist')]
  execFileSync(process.execPath, [compiler, ...options], { cwd: root })
  for (const part of ['bin', 'schema', 'package.json'])
    cpSync(join(root, part), join(folder, part), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))

  const print = (...args: string[]) =>
    execFileSync(process.execPath, ['bin/signet.js', ...args], { cwd: folder, encoding: 'utf8' })
  expect(print('events')).toContain('login/succeeded')
  const sample = join(root, 'test/providers/fixtures/casdoor/login-success.json')
  expect(print('explain', 'casdoor', sample)).toContain('→ session/established')

  const hub = spawn(process.execPath, ['bin/signet.js'], { cwd: folder, env: { SIGNET_PORT: '0' } })
  const ended = new Promise((resolve) => hub.once('exit', resolve))
  let printed = ''
  for await (const chunk of hub.stdout) {
    printed += String(chunk)
    if (printed.includes('listening on') && !hub.killed) hub.kill('SIGTERM')
  }
  expect(await ended).toBe(0)
  expect(printed).toContain('listening on 127.0.0.1:')
})
