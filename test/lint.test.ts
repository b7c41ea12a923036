/** The rule that leaves one door out: what breaks it is found, wherever it stands. */
import { ESLint, Linter } from 'eslint'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** The rules that keep it; those that need types would take a second each. */
const RULES = [
  'no-restricted-imports',
  'no-restricted-globals',
  'no-restricted-syntax',
  'no-restricted-properties',
  'no-eval',
]

type Found = (path: string, code: string) => string[]
let found: Found

beforeAll(async () => {
  const eslint = new ESLint({ cwd: ROOT })
  const configs = new Map<string, Linter.Config>()
  const paths = [
    'src/flow/verify.ts',
    'src/http/server.ts',
    'src/http/app.ts',
    'src/outbound/page.ts',
    'src/hub.ts',
  ]
  for (const path of [...paths, 'src/cli/start.ts', 'src/keys/vault.ts', 'src/store/index.ts']) {
    const { rules, languageOptions } = (await eslint.calculateConfigForFile(path)) as Linter.Config
    const kept = Object.fromEntries(RULES.flatMap((rule) => (rules?.[rule] ? [[rule, rules[rule]]] : [])))
    configs.set(path, {
      files: ['**/*.ts'],
      rules: kept,
      languageOptions: { parser: languageOptions?.parser ?? {} },
    })
  }
  found = (path, code) => {
    const config = configs.get(path)
    if (config === undefined) throw new Error(`no config of ${path}`)
    return new Linter()
      .verify(code, [config], { filename: path })
      .map(({ ruleId, message }) => ruleId ?? message)
  }
})

const IMPORTS = [
  'http',
  'https',
  'http2',
  'net',
  'tls',
  'dns',
  'dns/promises',
  'dgram',
  'child_process',
  'worker_threads',
  'cluster',
  'inspector',
]

describe.each([
  'src/flow/verify.ts',
  'src/http/app.ts',
  'src/hub.ts',
  'src/cli/start.ts',
  'src/keys/vault.ts',
  'src/store/index.ts',
])('in %s', (path) => {
  it.each(IMPORTS.flatMap((name) => [`node:${name}`, name]))('the module %s is found', (name) => {
    for (const code of [
      `import { x } from '${name}'`,
      `import * as x from '${name}'`,
      `import '${name}'`,
      `export * from '${name}'`,
      `const x = await import('${name}')`,
    ]) {
      expect([code, found(path, code)]).toEqual([code, [expect.stringMatching(/^no-restricted-/)]])
    }
  })

  it.each([
    `await fetch('https://x.example')`,
    `await globalThis.fetch('https://x.example')`,
    `const f = globalThis['fetch']`,
    `new WebSocket('wss://x.example')`,
    `new EventSource('https://x.example')`,
    `const m = await import(name)`,
    `process.getBuiltinModule('net')`,
    `const p = process; p.getBuiltinModule('net')`,
    `import { run } from 'node:test'`,
    `require('net')`,
    `import { createRequire } from 'node:module'`,
    `import { getBuiltinModule } from 'node:process'`,
    `import p from 'process'`,
    `import vm from 'node:vm'`,
    `import { start } from 'node:repl'`,
    `eval("fetch('https://x.example')")`,
    `await global.fetch('https://x.example')`,
    `const g = globalThis`,
    `const f = Reflect.get(globalThis, 'fetch')`,
    `const m = await import('../../node_modules/undici/index.js')`,
    `import net from '../../node_modules/net-of-another/index.js'`,
    `import f from 'data:text/javascript,export default fetch'`,
    `import { Pushgateway } from 'prom-client'`,
    `import { request } from 'undici'`,
    `import got from 'got'`,
  ])('%s is found', (code) => {
    expect(found(path, code)).toHaveLength(1)
  })
})

it('the server alone listens', () => {
  expect(found('src/http/server.ts', `import { createServer } from 'node:http'`)).toEqual([])
  expect(found('src/http/server.ts', `import { connect } from 'node:net'`)).toHaveLength(1)
})

it('the door out opens connections, and by no other way than its own', () => {
  for (const name of [
    'node:net',
    'node:dns/promises',
    'node:tls',
    'node:http',
    'node:https',
    'undici',
    'got',
  ])
    expect([name, found('src/outbound/page.ts', `import x from '${name}'`)]).toEqual([name, []])
  expect(found('src/outbound/page.ts', `await fetch('https://x.example')`)).toHaveLength(1)
  expect(found('src/outbound/page.ts', `import { spawn } from 'node:child_process'`)).toHaveLength(1)
})
