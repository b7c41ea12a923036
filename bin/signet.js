#!/usr/bin/env node
// Plain JavaScript, so that an older Node can still read it and say what is missing.
import { existsSync } from 'node:fs'

const needed = 26
const major = Number(process.versions.node.split('.')[0])

if (major < needed) {
  process.stderr.write(
    `Signet needs Node ${needed} or newer, and this is Node ${process.versions.node}; run it with "npm start", which brings its own.\n`,
  )
  process.exitCode = 1
} else {
  // A checkout runs its sources; the published package has none, and runs what was built from them.
  const source = new URL('../src/main.ts', import.meta.url)
  await import(existsSync(source) ? source.href : new URL('../dist/main.js', import.meta.url).href)
}
