/** The order of the files: what takes longest begins first, or a core would end with it alone. */
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** By what their paths begin with, the longest first; the others follow in the order that vitest has them in. */
const LONGEST = [
  'test/bench/',
  'test/faults/other-steps.',
  'test/faults/kill.',
  'test/store/sqlite.',
  'test/faults/',
  'test/conformance/',
  'test/package.',
  'test/main/',
  'test/lint.',
  'test/docs/',
  'test/http/',
  'test/journey/',
  'test/hostile/',
]

const rank = ({ moduleId, project }: TestSpecification): number => {
  const path = moduleId.slice(project.config.root.length + 1)
  const found = LONGEST.findIndex((beginning) => path.startsWith(beginning))
  return found < 0 ? LONGEST.length : found
}

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    return sorted.sort((a, b) => rank(a) - rank(b))
  }
}
