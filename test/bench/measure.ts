/** Rounds of hub and baseline by turns, and what comes of them. */
import { median } from './figures.ts'
import type { Figures, Row, Scenario, Sides } from './scenario.ts'
import type { Sizes } from './sizes.ts'
import { Workplace } from './workplace.ts'

export interface Measured {
  row: Row
  /** By round. */
  hub: number[]
  baseline: number[]
  /** Hub by baseline of the same round. */
  ratios: number[]
  /** Medians, in microseconds for each operation. */
  cpu?: { hub: number; baseline: number }
}

interface Unmeasured {
  row: Row
  why: string
}

export type Result = Measured | Unmeasured

/** What someone who watches is told. */
export type Progress = (sentence: string) => void

/** Sets the scenario up, lets both sides warm up, then measures them in rounds; the side that begins alternates. */
export async function measure(
  scenario: Scenario,
  sizes: Sizes,
  scratch: string,
  tell: Progress,
): Promise<Result[]> {
  const workplace = new Workplace(scratch)
  const name = scenario.rows.map(({ id }) => id).join(', ')
  const rounds: { hub: Figures; baseline: Figures }[] = []
  try {
    tell(`${name}: setting up`)
    const sides = await scenario.open(workplace, sizes)
    if (sizes.warmUp) await round(sides, 0, (side) => tell(`${name}: ${side}, warming up`))
    const count = sizes.rounds
    for (let i = 0; i < count; i += 1) {
      rounds.push(await round(sides, i, (side) => tell(`${name}: ${side}, round ${i + 1} of ${count}`)))
    }
    return scenario.rows.map((row) => resultOf(row, rounds))
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return scenario.rows.map((row) => ({ row, why }))
  } finally {
    await workplace.kill()
  }
}

async function round(
  sides: Sides,
  index: number,
  tell: (side: string) => void,
): Promise<{ hub: Figures; baseline: Figures }> {
  const run = async (side: keyof Sides): Promise<Figures> => {
    tell(side)
    return sides[side]()
  }
  if (index % 2 === 1) {
    const baseline = await run('baseline')
    return { hub: await run('hub'), baseline }
  }
  const hub = await run('hub')
  return { hub, baseline: await run('baseline') }
}

function resultOf(row: Row, rounds: readonly { hub: Figures; baseline: Figures }[]): Measured {
  const figures = (side: keyof Sides) =>
    rounds.map((one) => {
      const figure = one[side][row.id]
      if (figure === undefined) throw new Error(`${row.id} was not measured`)
      return figure
    })
  const [hub, baseline] = [figures('hub'), figures('baseline')]
  const cpu = (side: typeof hub) => median(side.map((figure) => figure.cpu ?? NaN))
  return {
    row,
    hub: hub.map(({ value }) => value),
    baseline: baseline.map(({ value }) => value),
    ratios: hub.map(({ value }, i) => value / (baseline[i]?.value ?? NaN)),
    ...(hub.some((figure) => figure.cpu !== undefined) && {
      cpu: { hub: cpu(hub), baseline: cpu(baseline) },
    }),
  }
}
