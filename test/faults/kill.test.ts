/**
 * `kill -9` under load, again and again: nothing that was answered 202 may be lost, an event or a subscription.
 * `SIGNET_TEST_KILLS` says how often, in rounds of at most 25. Each has a seed, the next number after that of the round
 * before: `SIGNET_TEST_SEED` with a round's seed goes on from there, or repeats it.
 */
import { afterAll, expect, it } from 'vitest'
import { CONCURRENCY, type Figures, playRound } from './round.ts'
import { seed } from './seeded.ts'

const KILLS = Number(process.env.SIGNET_TEST_KILLS ?? 6)
const KILLS_OF_A_ROUND = 25
/** Once it listens. The promise is a second; the rest is for a machine that does other things too. */
const REDELIVERY_WITHIN_MS = 5_000
/** From the start of the process, which has a runtime to bring up first. */
const RECOVERY_WITHIN_MS = 20_000

const rounds = Array.from({ length: Math.ceil(KILLS / KILLS_OF_A_ROUND) }, (_, i) => ({
  round: i + 1,
  seed: seed + i,
  kills: Math.min(KILLS_OF_A_ROUND, KILLS - i * KILLS_OF_A_ROUND),
}))

const say = (line: string): void => void process.stdout.write(`${line}\n`)

const played: Figures[] = []
const sum = (of: (figures: Figures) => number): number =>
  played.reduce((all, figures) => all + of(figures), 0)

const inWords = (): string =>
  `${sum(({ kills }) => kills)} kills (${sum(({ aimed }) => aimed)} of them aimed), ` +
  `${sum(({ events }) => events)} events accepted, ${sum(({ unanswered }) => unanswered)} requests unanswered, ` +
  `${sum(({ lost }) => lost.length)} deliveries lost, ${sum(({ duplicates }) => duplicates)} duplicates, ` +
  `${sum(({ promised }) => promised)} subscriptions kept; redelivery within ` +
  `${slowest(({ redeliveryMs }) => redeliveryMs)} ms of listening, ${slowest(({ recoveryMs }) => recoveryMs)} ms of the start`
const slowest = (of: (figures: Figures) => number[]): number => Math.max(0, ...played.flatMap(of))

it.each(rounds)(
  'round $round: $kills kills by seed $seed',
  { timeout: 60_000 + KILLS_OF_A_ROUND * 10_000 },
  async ({ round, seed, kills }) => {
    say(`round ${round} of ${rounds.length}: ${kills} kills, SIGNET_TEST_SEED=${seed}`)
    const figures = await playRound(seed, kills)
    played.push(figures)
    say(`so far: ${inWords()}`)

    const { lost, altered, refused, events, relayed, duplicates, promised } = figures
    expect({ lost, altered, refused }).toEqual({ lost: [], altered: [], refused: [] })
    expect(duplicates).toBeLessThanOrEqual(kills * CONCURRENCY)
    // It was done under load.
    expect(events).toBeGreaterThan(kills)
    expect(relayed).toBeGreaterThan(0)
    expect(promised).toBeGreaterThanOrEqual(kills)
    expect(Math.max(0, ...figures.redeliveryMs)).toBeLessThan(REDELIVERY_WITHIN_MS)
    expect(Math.max(0, ...figures.recoveryMs)).toBeLessThan(RECOVERY_WITHIN_MS)
  },
)

afterAll(() => say(`seeds ${seed} to ${seed + rounds.length - 1}: ${inWords()}`))
