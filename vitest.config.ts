import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // A wait ends with its state: these are for machines that do something else as well.
    testTimeout: 45_000,
    hookTimeout: 30_000,
    // Each file starts hubs of its own; forks keep their stores, sockets and signals apart.
    pool: 'forks',
    // All cores: most of the time goes by waiting for processes and sockets.
    maxWorkers: '100%',
    // Programs that tests start find their code compiled.
    env: { NODE_COMPILE_CACHE: fileURLToPath(new URL('node_modules/.cache/signet', import.meta.url)) },
  },
})
