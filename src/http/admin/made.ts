import { Refusal } from '../../core/errors.ts'
import type { Made } from '../../core/registry-ports.ts'

/** @throws Refusal when it could not be made; nothing has changed then */
export function requireMade(made: Made, kind: string): void {
  if (made === 'exists')
    throw new Refusal('conflict', `There is a ${kind} of that id already; choose another.`)
  if (made === 'leaving') {
    throw new Refusal(
      'conflict',
      `The ${kind} of that id is still being removed; wait, or choose another id.`,
    )
  }
  if (made === 'overlap') {
    throw new Refusal(
      'conflict',
      'The topic_prefix begins as another source’s does, or the other way round; names must belong to one.',
    )
  }
  if (made === 'no-tenant') throw new Refusal('unknown', 'There is no such tenant; make it first.')
}
