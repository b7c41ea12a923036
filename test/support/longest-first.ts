/** The order of the files: what takes longest begins first, or a core would end with it alone. */
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/**
 * By what their paths begin with, the longest first, but those that start many processes beside one that starts none;
 * the others follow in the order that vitest has them in.
 */
const LONGEST = [
  ...['test/bench/', 'test/store/sqlite.', 'test/faults/other-steps.', 'test/lint.', 'test/faults/kill.'],
  ...['test/core/address-oracle.', 'test/conformance/', 'test/http/', 'test/faults/', 'test/package.'],
  ...['test/main/', 'test/journey/', 'test/hostile/', 'test/docs/', 'test/cli/'],
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
