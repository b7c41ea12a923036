import { describe, expect, it } from 'vitest'
import type { SourceRefusal } from '../../src/core/store-ports.ts'
import { createRefusalNotes } from '../../src/flow/note-refusals.ts'

/** Notes, and what was written of them, a list each time; `fault` makes the next writing fail. */
function noting() {
  let now = 0
  const state = { fault: false, during: (): void => undefined }
  const written: SourceRefusal[][] = []
  const notes = createRefusalNotes(
    {
      refused: (latest) => {
        state.during()
        if (state.fault) return Promise.reject(new Error('the disk is full'))
        written.push([...latest])
        return Promise.resolve()
      },
    },
    { now: () => (now += 1) },
  )
  return { notes, written, state }
}

describe('what sources were refused', () => {
  it('is the latest of each, written once', async () => {
    const { notes, written } = noting()
    notes.note('door', 'first')
    notes.note('gate', 'other')
    notes.note('door', 'second')
    expect(written).toEqual([])
    await notes.flush()
    await notes.flush()
    expect(written).toEqual([
      [
        { source: 'gate', why: 'other', at: 2 },
        { source: 'door', why: 'second', at: 3 },
      ],
    ])
  })

  it('is written so many at a time', async () => {
    const { notes, written } = noting()
    for (let n = 0; n < 1_200; n += 1) notes.note(`source-${n}`, 'x')
    await notes.flush()
    expect(written.map((chunk) => chunk.length)).toEqual([500, 500, 200])
  })

  it('waits on when it could not be written', async () => {
    const { notes, written, state } = noting()
    notes.note('door', 'x')
    state.fault = true
    await expect(notes.flush()).rejects.toThrow('full')
    state.fault = false
    await notes.flush()
    expect(written).toHaveLength(1)
  })

  it('is not lost when it comes during a writing', async () => {
    const { notes, written, state } = noting()
    notes.note('door', 'before')
    state.during = () => {
      state.during = () => undefined
      notes.note('door', 'meanwhile')
    }
    await notes.flush()
    await notes.flush()
    expect(written.flat().map(({ why }) => why)).toEqual(['before', 'meanwhile'])
  })
})
