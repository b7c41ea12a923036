import { defineConfig } from 'eslint/config'
import tseslint from 'typescript-eslint'

/** Packages that one room alone may import, so that each technology has one place to change it. */
const owned = {
  catalogue: ['ajv', 'ajv/*'],
  store: ['kysely', 'better-sqlite3'],
  outbound: ['undici', 'got'],
  keys: ['jose'],
  http: ['koa', '@koa/router', 'koa-bodyparser', 'raw-body'],
}

/** Node's ways out of the process, and to what would open one: all traffic leaves by the guarded door in `outbound`. */
const doorsOut = [
  ...['http', 'https', 'http2', 'net', 'tls', 'dns', 'dgram', 'quic'],
  ...['child_process', 'cluster', 'inspector', 'module', 'worker_threads'],
  // Named imports of `process` would hide its ways to the others; the next two run text that no rule reads, the last
  // starts processes.
  ...['process', 'vm', 'repl', 'wasi', 'test'],
]

const NO_WAY_OUT = 'Only src/outbound opens connections.'

/** @param allowed rooms whose packages may be imported, and Node's own modules */
function restrict(allowed) {
  const rooms = Object.entries(owned).filter(([room]) => !allowed.includes(room))
  const doors = doorsOut.filter((door) => !allowed.includes(`node:${door}`))
  return {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          ...rooms.map(([room, group]) => ({ group, message: `Only src/${room} may import this.` })),
          { regex: `^(node:)?(${doors.join('|')})(/.*)?$`, message: NO_WAY_OUT },
          { regex: '(^(data|file|https?):|node_modules)', message: NO_WAY_OUT },
          { group: ['prom-client'], importNames: ['Pushgateway'], message: NO_WAY_OUT },
        ],
      },
    ],
  }
}

export default defineConfig(
  { ignores: ['dist', 'data', 'node_modules'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      // A member is left out of an object by naming it beside the rest.
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
      'no-console': 'error',
    },
  },
  {
    files: ['src/**/*.ts'],
    rules: {
      ...restrict([]),
      'no-restricted-globals': [
        'error',
        ...['fetch', 'WebSocket', 'EventSource', 'XMLHttpRequest', 'require', 'globalThis', 'global'].map(
          (name) => ({ name, message: NO_WAY_OUT }),
        ),
      ],
      'no-restricted-properties': [
        'error',
        // Of whatever object: `process` may have been given another name.
        ...['getBuiltinModule', 'binding', 'dlopen'].map((property) => ({ property, message: NO_WAY_OUT })),
      ],
      'no-eval': 'error',
      'no-restricted-syntax': [
        'error',
        {
          selector: 'ImportExpression:not([source.value=/^\\.\\.?\\u002f(?!.*node_modules)/])',
          message: 'What is imported stands at the top, where the rules see it.',
        },
      ],
    },
  },
  ...Object.keys(owned).map((room) => ({
    files: [`src/${room}/**/*.ts`],
    rules: restrict(
      room === 'outbound' ? [room, 'node:net', 'node:dns', 'node:tls', 'node:http', 'node:https'] : [room],
    ),
  })),
  { files: ['src/http/server.ts'], rules: restrict(['node:http']) },
  {
    // The demo is a subscriber and an administrator: a client of the hub, with a server of its own.
    files: ['src/demo/**/*.ts'],
    rules: restrict(['outbound', 'keys', 'node:http']),
  },
  { files: ['src/demo/**/*.ts'], rules: { 'no-console': 'off' } },
  // A client of a running hub, which its operator named.
  { files: ['src/cli/admin-client.ts'], rules: { 'no-restricted-globals': 'off' } },
)
