import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execFileSync } from 'node:child_process'
import { expect, it } from 'vitest'

it('what a publisher wrote cannot command the terminal that shows the log, and stays what it was', () => {
  const folder = mkdtempSync(join(tmpdir(), 'signet-log-'))
  const native = 'a\u0000\u001b[2J\u007f\u009b31m\u2028\r\nnext'
  const log = new URL('../src/log.ts', import.meta.url).href
  try {
    const program = join(folder, 'program.mjs')
    writeFileSync(
      program,
      `import { createLog } from ${JSON.stringify(log)}
       createLog('info').passedOver({ source: 's', native: ${JSON.stringify(native)}, why: 'unmapped' })`,
    )
    const line = execFileSync(process.execPath, [program]).toString()
    expect(line).toMatch(/^[ -~]+\n$/)
    expect(JSON.parse(line)).toMatchObject({ native })
  } finally {
    rmSync(folder, { recursive: true })
  }
})
