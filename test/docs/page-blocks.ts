/** The code of a page of the documentation, as a reader would try it from top to bottom. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Commands, and what the page says that they print. */
interface Trial {
  commands: string
  /** The block that follows the commands, if one does. */
  shown: string | undefined
}

const ROOT = new URL('../../', import.meta.url)
const PROGRAM = fileURLToPath(new URL('bin/signet.js', ROOT))

/** What stands in the pages for the hub that the reader runs. */
export const HUB = 'http://localhost:8080'

/** Fenced blocks of `sh`, each with the block of `text` or `json` that shows its output. */
export function trials(page: string): Trial[] {
  const markdown = readFileSync(new URL(page, ROOT), 'utf8')
  const blocks = [...markdown.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language, code = '']) => ({
    language,
    code,
  }))
  return blocks.flatMap(({ language, code }, index) => {
    const next = blocks[index + 1]
    const shown = next?.language === 'sh' ? undefined : next?.code
    return language === 'sh' ? [{ commands: code, shown }] : []
  })
}

/** Whether a program can be run: pages use some that a bare machine may lack. */
export const has = (program: string): boolean => spawnSync(program, ['--version']).error === undefined

/**
 * Runs them all in one shell and an empty folder, so that later ones know the variables and files of earlier ones.
 * @returns what each printed; fewer when one failed, the last then ends in what went wrong
 */
export async function tryAll(commands: readonly string[], hub: string): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'signet-page-'))
  const blocks = commands.map((text) => `{\n${text}} 2>&1\nprintf '\\0'`)
  const script = ['set -euo pipefail', `signet() { node '${PROGRAM}' "$@"; }`, ...blocks].join('\n')
  // The Node that runs the tests, whatever the machine has.
  const path = [dirname(process.execPath), process.env.PATH].join(delimiter)
  const shell = spawn('bash', ['-c', script.replaceAll(HUB, hub)], {
    cwd: folder,
    env: { ...process.env, PATH: path },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  shell.stdout.on('data', (chunk) => (output += String(chunk)))
  await once(shell, 'close')
  rmSync(folder, { recursive: true })
  const printed = output.split('\0')
  // Nothing follows the last mark, unless something went wrong.
  return printed.at(-1) === '' ? printed.slice(0, -1) : printed
}

/** Without what is different each time: the hub's port, the tokens' ids, the time of making. */
export const settled = (text: string, hub: string): string =>
  text
    .replaceAll(hub, HUB)
    .replaceAll(/"(jti|created_at)":"[^"]*"/g, '"$1":"…"')
    .trim()
