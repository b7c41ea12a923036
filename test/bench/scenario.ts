/** What is measured: a scenario sets up hub and baseline, and brings the figures of one or more rows. */
import type { Sizes } from './sizes.ts'
import type { Workplace } from './workplace.ts'

/** `same`: as much as the baseline, but for noise. */
export type Bar =
  | { kind: 'at least'; ratio: number }
  | { kind: 'at most'; ratio: number }
  | { kind: 'same' }
  | { kind: 'at most MB'; megabytes: number }
  | { kind: 'none' }

export interface Row {
  id: string
  what: string
  unit: '/s' | 'ms' | 'MB'
  bar: Bar
}

export interface Figure {
  value: number
  /** Of the process that is measured, in microseconds for each operation: tells work from a busy machine. */
  cpu?: number
}

/** By the row's id. */
export type Figures = Record<string, Figure>

export interface Sides {
  hub(): Promise<Figures>
  baseline(): Promise<Figures>
}

export interface Scenario {
  rows: readonly Row[]
  /** Whatever it starts ends with the workplace. */
  open(workplace: Workplace, sizes: Sizes): Promise<Sides>
}
