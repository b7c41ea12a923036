import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { LongestFirst } from './test/support/longest-first.ts'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // A wait ends with its state: these are for machines that do something else as well.
    testTimeout: 45_000,
    hookTimeout: 30_000,
    // Each file starts hubs of its own, on stores and ports of their own, and closes them: it needs no process of its
    // own, and the code is read and compiled once a core.
    pool: 'forks',
    isolate: false,
    // All cores: most of the time goes by waiting for processes and sockets.
    maxWorkers: '100%',
    sequence: { sequencer: LongestFirst },
    globalSetup: 'test/support/memory-folder.ts',
    // Programs that tests start find their code compiled.
    env: { NODE_COMPILE_CACHE: fileURLToPath(new URL('node_modules/.cache/signet', import.meta.url)) },
  },
})
