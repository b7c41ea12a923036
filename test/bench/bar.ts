/** Whether a row is as good as it should be: a decision on the median of the ratios, since times mean little here. */
import { median } from './figures.ts'
import type { Measured } from './measure.ts'
import type { Bar } from './scenario.ts'

/** How far a ratio strays from 1 on a shared machine when nothing is the matter. */
const NOISE = 1.25

/** @returns undefined where there is no bar */
export function isMet({ row: { bar }, hub, ratios }: Measured): boolean | undefined {
  const ratio = median(ratios)
  switch (bar.kind) {
    case 'at least':
      return ratio >= bar.ratio
    case 'at most':
      return ratio <= bar.ratio
    case 'same':
      return ratio <= NOISE
    case 'at most MB':
      return median(hub) <= bar.megabytes
    case 'none':
      return undefined
  }
}

export function barText(bar: Bar): string {
  switch (bar.kind) {
    case 'at least':
      return `≥ ${bar.ratio}`
    case 'at most':
      return `≤ ${bar.ratio}`
    case 'same':
      return `the same (≤ ${NOISE})`
    case 'at most MB':
      return `≤ ${bar.megabytes} MB`
    case 'none':
      return '–'
  }
}
