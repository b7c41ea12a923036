import { defineConfig } from 'eslint/config'
import tseslint from 'typescript-eslint'

/** Packages that one room alone may import, so that each technology has one place to change it. */
const owned = {
  catalogue: ['ajv', 'ajv/*'],
  store: ['kysely', 'better-sqlite3'],
  outbound: ['undici', 'got'],
  keys: ['jose'],
  http: ['koa', '@koa/router', 'raw-body'],
}

/** Ways out of the process: all traffic leaves by the guarded door in `outbound`. */
const doorsOut = ['node:http', 'node:https', 'node:http2', 'node:net', 'node:tls', 'node:dns', 'node:dgram']

function restrict(allowed) {
  const rooms = Object.entries(owned).filter(([room]) => !allowed.includes(room))
  const doors = doorsOut.filter((door) => !allowed.includes(door))
  return {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          ...rooms.map(([room, group]) => ({ group, message: `Only src/${room} may import this.` })),
          ...(doors.length > 0 ? [{ group: doors, message: 'Only src/outbound opens connections.' }] : []),
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
        { name: 'fetch', message: 'Only src/outbound opens connections.' },
        { name: 'WebSocket', message: 'Only src/outbound opens connections.' },
      ],
    },
  },
  ...Object.keys(owned).map((room) => ({
    files: [`src/${room}/**/*.ts`],
    rules: restrict(
      room === 'outbound'
        ? [room, 'node:net', 'node:dns', 'node:tls', 'node:http', 'node:https']
        : room === 'http'
          ? [room, 'node:http']
          : [room],
    ),
  })),
  {
    // The demo is a subscriber and an administrator: a client of the hub, with a server of its own.
    files: ['src/demo/**/*.ts'],
    rules: restrict(['outbound', 'keys', 'node:http']),
  },
  { files: ['src/demo/**/*.ts'], rules: { 'no-console': 'off' } },
)
