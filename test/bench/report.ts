/** The results as a table in Markdown, which reads well on a terminal too, and as JSON for programs. */
import { cpus } from 'node:os'
import type { Command } from './arguments.ts'
import { barText, isMet } from './bar.ts'
import { median } from './figures.ts'
import type { Measured, Result } from './measure.ts'
import type { Row } from './scenario.ts'

const HEADS = ['what', 'hub', 'baseline', 'ratio (min–max)', 'bar', 'met']

/** @param note to be read with the figures */
export function asTable(results: readonly Result[], note: string): string {
  const rows = [HEADS, ...results.map(cells)]
  const widths = HEADS.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |\n`
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |\n`
  const [head = [], ...body] = rows
  return `${line(head)}${rule}${body.map(line).join('')}\n${note}\n`
}

function cells(result: Result): string[] {
  if (!('ratios' in result)) return [result.row.what, '', '', `not measured: ${result.why}`, '', '']
  const { row, hub, baseline, ratios, cpu } = result
  const side = (values: readonly number[], used: number | undefined) =>
    value(median(values), row) + (used === undefined ? '' : `, CPU ${used.toFixed(0)} µs`)
  return [
    row.what,
    side(hub, cpu?.hub),
    side(baseline, cpu?.baseline),
    ratio(result),
    barText(row.bar),
    word(isMet(result)),
  ].map((cell, column) => (column === 3 && ratios.length > 1 ? `${cell} (${range(ratios)})` : cell))
}

const ratio = ({ ratios }: Measured): string => short(median(ratios))
const range = (ratios: readonly number[]): string =>
  `${short(Math.min(...ratios))}–${short(Math.max(...ratios))}`
const word = (met: boolean | undefined): string => (met === undefined ? '–' : met ? 'yes' : 'NO')

const value = (number: number, { unit }: Row): string =>
  unit === '/s' ? `${number.toFixed(0)}/s` : `${short(number)} ${unit}`

/** Three digits that count, or two. */
const short = (number: number): string =>
  number >= 100
    ? number.toFixed(0)
    : number >= 10
      ? number.toFixed(1)
      : number >= 0.1
        ? number.toFixed(2)
        : number.toPrecision(2)

/** Where the figures are from, for whoever compares them with others. */
export function origin({ quick, sizes: { rounds } }: Command, disk: string): string {
  const [cpu] = cpus()
  const machine = `Node ${process.version} on ${cpus().length} × ${cpu?.model ?? 'an unknown CPU'}; stores on ${disk}.`
  const caution = quick ? ' The sizes are smaller than the rows say: these figures mean nothing.' : ''
  return `Medians of ${rounds} ${rounds === 1 ? 'round' : 'rounds'}. ${machine}${caution}`
}

export function asJson(results: readonly Result[], note: string): string {
  const rows = results.map((result) => {
    const { id, what, unit, bar } = result.row
    const told = { id, what, unit, bar: barText(bar) }
    if (!('ratios' in result)) return { ...told, not_measured: result.why }
    const { hub, baseline, ratios, cpu } = result
    return {
      ...told,
      met: isMet(result) ?? null,
      ratio: { median: median(ratios), min: Math.min(...ratios), max: Math.max(...ratios) },
      hub: { median: median(hub), rounds: hub },
      baseline: { median: median(baseline), rounds: baseline },
      ...(cpu !== undefined && { cpu_us: cpu }),
    }
  })
  return `${JSON.stringify({ at: new Date().toISOString(), note, rows }, undefined, 2)}\n`
}
