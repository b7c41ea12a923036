/** Which intents go next: the oldest first, each kind within its hands, and room kept for renewals. Pure. */
import type { IntentHands, IntentLimits } from '../core/store-ports.ts'

export const KINDS = ['ask', 'denial', 'renewal'] as const
export type IntentKind = (typeof KINDS)[number]

export interface Candidate {
  num: number
  host: string
  kind: IntentKind
  due_at: number
}

/** Intents that are under way, by host and kind. */
export interface UnderWay {
  host: string
  kind: IntentKind
  n: number
}

/** How many there are: of a kind and of all, on a host and everywhere. */
class Tally {
  readonly #counts = new Map<string, number>()

  of(...names: string[]): number {
    return this.#counts.get(names.join(' ')) ?? 0
  }

  add(host: string, kind: IntentKind, n: number): void {
    for (const names of [[kind], ['all', host], [kind, host]]) {
      this.#counts.set(names.join(' '), this.of(...names) + n)
    }
  }
}

/** @param candidates in the order in which they fell due */
export function chooseIntents(
  candidates: readonly Candidate[],
  underWay: readonly UnderWay[],
  limit: number,
  { all, asks, denials }: IntentHands,
): Candidate[] {
  const most: Record<IntentKind, IntentLimits> = { ask: asks, denial: denials, renewal: all }
  const kept: IntentLimits = {
    inAll: all.inAll - asks.inAll - denials.inAll,
    perHost: all.perHost - asks.perHost - denials.perHost,
  }
  const tally = new Tally()
  for (const { host, kind, n } of underWay) tally.add(host, kind, n)
  const chosen = new Set<Candidate>()

  const take = (candidate: Candidate, limits: IntentLimits): void => {
    const { host, kind } = candidate
    const isFull =
      chosen.size === limit ||
      tally.of('all', host) >= all.perHost ||
      tally.of(kind) >= limits.inAll ||
      tally.of(kind, host) >= limits.perHost
    if (isFull) return
    chosen.add(candidate)
    tally.add(host, kind, 1)
  }
  // What is kept for renewals is theirs, however long the others have waited.
  for (const candidate of candidates) if (candidate.kind === 'renewal') take(candidate, kept)
  for (const candidate of candidates) if (!chosen.has(candidate)) take(candidate, most[candidate.kind])
  return [...chosen]
}
