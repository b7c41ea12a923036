/** `npm run demo` tells the whole story, and ends by itself. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

it('the demo shows a verified SET of every provider', { timeout: 60_000 }, () => {
  const main = fileURLToPath(new URL('../src/demo/main.ts', import.meta.url))
  const { status, stdout, stderr } = spawnSync(process.execPath, [main], { encoding: 'utf8' })
  expect(stderr).toBe('')
  expect(status).toBe(0)
  for (const provider of ['casdoor', 'logto', 'ferriskey', 'asgardeo']) {
    expect(stdout).toContain(`provider: '${provider}'`)
  }
  expect(stdout).toContain('signature of their own: 401')
})
