/** The plan of the house: who may import whom, and how large it may grow. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { type Import, importsOf } from './support/imports.ts'

interface Room {
  /** Beside itself. */
  rooms: readonly string[]
  /** Rooms of which it may know the types alone. */
  types?: readonly string[]
  packages?: readonly string[]
  /** Node's own modules; any, unless they are listed. */
  node?: readonly string[]
}

const client: Room = { rooms: ['config.ts', 'hub.ts', 'log.ts', 'catalogue'] }

/** A room is a folder of `src`, or a file beside the folders. */
const ROOMS: Record<string, Room> = {
  core: { rooms: [], packages: ['ipaddr.js'], node: ['node:crypto'] },
  flow: { rooms: ['core'], node: [] },
  providers: { rooms: ['core'], node: ['node:buffer', 'node:crypto'] },
  catalogue: { rooms: ['core'], packages: ['ajv'] },
  store: { rooms: ['core'], packages: ['kysely', 'better-sqlite3'] },
  outbound: { rooms: ['core'], packages: ['undici', 'got'] },
  keys: { rooms: ['core'], packages: ['jose'] },
  worker: { rooms: ['core', 'flow'] },
  http: {
    rooms: ['core', 'flow'],
    types: ['providers', 'catalogue'],
    packages: ['koa', '@koa/router', 'koa-bodyparser', 'raw-body'],
  },
  'log.ts': { rooms: ['core'], packages: ['pino'] },
  'telemetry.ts': { rooms: ['core'], packages: ['prom-client'] },
  'random.ts': { rooms: ['core'] },
  'version.ts': { rooms: [] },
  'config.ts': { rooms: ['core'] },
  'hub.ts': {
    rooms: [
      ...['core', 'flow', 'providers', 'catalogue', 'store', 'outbound', 'keys', 'worker', 'http'],
      ...['log.ts', 'telemetry.ts', 'random.ts', 'version.ts', 'config.ts', 'root-token.ts'],
    ],
  },
  // A small composition of its own, for a hub that is stopped.
  'root-token.ts': { rooms: ['core', 'store', 'keys', 'config.ts', 'random.ts'] },
  'main.ts': { rooms: ['cli'] },
  // What explains a payload asks the same rooms that decide about it.
  cli: { rooms: [...client.rooms, 'core', 'providers', 'root-token.ts'] },
  // A subscriber and an administrator: it speaks HTTP and verifies SETs, as they do.
  demo: { ...client, packages: ['got', 'jose'] },
}

const ROOT = fileURLToPath(new URL('..', import.meta.url))

const filesUnder = (folder: string): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => posix.relative(ROOT, posix.join(entry.parentPath, entry.name)))

const sources = filesUnder('src').filter((path) => path.endsWith('.ts'))
const text = (path: string): string => readFileSync(join(ROOT, path), 'utf8')
const imports = new Map<string, Import[]>(sources.map((path) => [path, importsOf(join(ROOT, path))]))

const roomOf = (path: string): string => path.split('/')[1] ?? ''
const isOurs = ({ specifier }: Import): boolean => specifier.startsWith('.')
const target = (from: string, { specifier }: Import): string => posix.join(dirname(from), specifier)
/** `kysely/migration` and `@koa/router` belong to `kysely` and `@koa/router`. */
const packageOf = (specifier: string): string => /^(@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier

/** Every import of `src` that its room has no right to, as a sentence. */
function trespasses(): string[] {
  const found: string[] = []
  for (const [path, imported] of imports) {
    const room = ROOMS[roomOf(path)]
    for (const one of imported) {
      if (room === undefined || !mayImport(room, path, one)) found.push(`${path} imports ${one.specifier}`)
    }
  }
  return found
}

function mayImport(room: Room, path: string, one: Import): boolean {
  if (isOurs(one)) {
    const other = roomOf(target(path, one))
    if (other === roomOf(path) || room.rooms.includes(other)) return true
    return one.typeOnly && (room.types?.includes(other) ?? false)
  }
  if (one.specifier.startsWith('node:')) return room.node?.includes(one.specifier) ?? true
  return room.packages?.includes(packageOf(one.specifier)) ?? false
}

/** The first way found that leads back to where it began; undefined when there is none. */
function cycle(): string[] | undefined {
  const done = new Set<string>()
  const follow = (path: string, way: readonly string[]): string[] | undefined => {
    if (way.includes(path)) return [...way.slice(way.indexOf(path)), path]
    if (done.has(path)) return undefined
    for (const one of (imports.get(path) ?? []).filter(isOurs)) {
      const found = follow(target(path, one), [...way, path])
      if (found !== undefined) return found
    }
    done.add(path)
    return undefined
  }
  return sources.map((path) => follow(path, [])).find((way) => way !== undefined)
}

describe('the rooms', () => {
  it('are all on the plan', () => {
    expect([...new Set(sources.map(roomOf))].filter((room) => !(room in ROOMS))).toEqual([])
  })

  it('import only what they may', () => {
    expect(trespasses()).toEqual([])
  })

  it('import no file that is not there', () => {
    const missing = sources.flatMap((path) =>
      (imports.get(path) ?? []).filter((one) => isOurs(one) && !imports.has(target(path, one))),
    )
    expect(missing).toEqual([])
  })

  it('have no import cycle, types included', () => {
    expect(cycle()).toBeUndefined()
  })

  it('leave the environment to the process', () => {
    const readers = sources.filter((path) =>
      /\bprocess\s*(\.|\?\.|\[)\s*['"]?env\b|['"]node:process['"]/.test(text(path)),
    )
    expect(readers.filter((path) => !['src/main.ts', 'src/config.ts'].includes(path))).toEqual([])
  })

  it('have names that say what is in them', () => {
    const vague = /(^|[/-])(utils?|helpers?|common|misc)([/.-]|$)/
    expect([...sources, ...filesUnder('test')].filter((path) => vague.test(path))).toEqual([])
  })
})

describe('the size', () => {
  const lines = new Map(sources.map((path) => [path, text(path).split('\n').length - 1]))
  const sizes = [...lines.values()].sort((a, b) => a - b)

  it('of no file is over 300 lines', () => {
    expect([...lines].filter(([, size]) => size > 300)).toEqual([])
  })

  it('of the median file is under 70 lines', () => {
    expect(sizes[Math.floor(sizes.length / 2)]).toBeLessThan(70)
  })

  // Comments and blank lines do not make a house big.
  it('of all files is under 14,750 lines of code', () => {
    const code = sources
      .flatMap((path) => text(path).split('\n'))
      .filter((line) => !/^\s*($|\/\/|\/?\*)/.test(line))
    expect(code.length).toBeLessThan(14_750)
  })
})

describe('the production dependencies', () => {
  const { dependencies } = JSON.parse(text('package.json')) as { dependencies: Record<string, string> }
  const names = Object.keys(dependencies)

  it('are at most 14', () => {
    expect(names.length).toBeLessThanOrEqual(14)
  })

  it('are all imported, and nothing else is', () => {
    const specifiers = [...imports.values()]
      .flat()
      .filter((one) => !isOurs(one) && !one.specifier.startsWith('node:'))
    expect([...new Set(specifiers.map(({ specifier }) => packageOf(specifier)))].sort()).toEqual(names.sort())
  })

  it.each(names)('%s has its line in docs/architecture.md', (name) => {
    expect(text('docs/architecture.md')).toContain(`\`${name}\``)
  })
})
