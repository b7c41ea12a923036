/** How the suite runs where hub and suite are one machine, and somebody waits for the tests. */
import { DEFAULTS, type Options } from './options.ts'

export const SWIFT: Omit<Options, 'hubUrl'> = {
  ...DEFAULTS,
  patience: 8_000,
  quiet: 900,
  settle: 200,
  lease: 2,
  jobs: 120,
}
