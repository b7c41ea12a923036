/** Whatever stands in the place of a field, the answer is a refusal or events that their schemas allow. */
import fc from 'fast-check'
import { it } from 'vitest'
import { Refusal } from '../../src/core/errors.ts'
import { drafts, request } from './fixture.ts'
import { EVERY_EVENT, plausiblePayload } from './plausible.ts'

const nasty = fc.oneof(
  fc.constantFrom<unknown>(
    '',
    ' ',
    null,
    0,
    -1,
    1e308,
    [],
    {},
    [''],
    [null],
    [[]],
    [{}],
    '\ud800',
    '__proto__',
    'a/b',
  ),
  fc.jsonValue({ maxDepth: 2 }),
)

/** The payload with the `at`th member, counted from the outside in, replaced. */
function spoil(value: unknown, at: { left: number }, by: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([name, member]) => {
    const here = at.left-- === 0
    return [name, here ? by : spoil(member, at, by)] as const
  })
  return Array.isArray(value) ? entries.map(([, member]) => member) : Object.fromEntries(entries)
}

it('a payload with one field spoiled', { timeout: 60_000 }, () => {
  const anyEvent = fc.constantFrom(...EVERY_EVENT)
  fc.assert(
    fc.property(anyEvent, fc.nat(45), nasty, fc.boolean(), ([provider, native], at, by, inObject) => {
      const payload = plausiblePayload(provider, native)
      const spoiled =
        inObject && typeof payload.object === 'string'
          ? { ...payload, object: JSON.stringify(spoil(JSON.parse(payload.object), { left: at }, by)) }
          : spoil(payload, { left: at }, by)
      try {
        drafts(provider, request(JSON.stringify(spoiled)))
      } catch (error) {
        const unmapped = error instanceof Error && error.message.endsWith('is not mapped')
        if (!(error instanceof Refusal) && !unmapped) throw error
      }
    }),
    { numRuns: 2000, seed: 3 },
  )
})
