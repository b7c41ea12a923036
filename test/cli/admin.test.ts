/** A lost admin token, replaced on the machine itself. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { as, auditOf } from '../support/admins.ts'
import { ADMIN_TOKEN, startTestHub, type TestHub } from '../support/hub.ts'
import { printed } from './terminal.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'signet-admin-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const store = () => ({ SIGNET_STORE: `sqlite:${join(folder, 'signet.db')}` })
const start = (env: Record<string, string>): Promise<TestHub> => startTestHub({ folder, env })
const tokenIn = (output: string): string => /shown this once: (\S+)\n/.exec(output)?.[1] ?? ''

it('is another from then on, and that is noted', async () => {
  const first = await start({ SIGNET_ADMIN_TOKEN: '' })
  const lost = first.newAdminToken ?? ''
  await expect(printed(['admin', 'token'], '', store())).rejects.toThrow(/in use by another process/)
  await first.stop()

  const token = tokenIn(await printed(['admin', 'token'], '', store()))
  expect(token).toMatch(/^[\w-]{43}$/)
  const second = await start({ SIGNET_ADMIN_TOKEN: '' })
  expect(second.newAdminToken).toBeUndefined()
  expect((await as(second, lost, 'get', '/tenants')).status).toBe(401)
  expect((await as(second, token, 'get', '/tenants')).status).toBe(200)
  await second.stop()

  const third = await start({ SIGNET_ADMIN_TOKEN: ADMIN_TOKEN })
  expect(await auditOf(third, '?actor=machine')).toEqual([
    expect.objectContaining({ action: 'signet admin token', target: 'root', address: null, status: 200 }),
  ])
  await third.stop()
})

it('is said where it cannot be', async () => {
  await expect(printed(['admin', 'token'], '', store())).rejects.toThrow(/^There is no store at/)
  await expect(
    printed(['admin', 'token'], '', { ...store(), SIGNET_ADMIN_TOKEN: ADMIN_TOKEN }),
  ).rejects.toThrow(/^SIGNET_ADMIN_TOKEN is set/)
  await expect(printed(['admin', 'password'])).rejects.toThrow('Say "signet admin token".')
})
