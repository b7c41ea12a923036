/** Which intents are asked next: the oldest first, with room kept for the renewals of leases. Pure. */
import type { IntentQueue } from '../core/store-ports.ts'

export interface Candidate {
  num: number
  host: string
  urgent: number
  due_at: number
}

/** Intents that are asked now, by host. */
export interface UnderWay {
  host: string
  urgent: number
  n: number
}

type Limits = Pick<Parameters<IntentQueue['claim']>[0], 'limit' | 'hands' | 'kept'>

interface Count {
  urgent: number
  other: number
}

/** @param candidates in the order in which they fell due */
export function chooseIntents(
  candidates: readonly Candidate[],
  underWay: readonly UnderWay[],
  { limit, hands, kept }: Limits,
): Candidate[] {
  const hosts = new Map<string, Count>()
  const all: Count = { urgent: 0, other: 0 }
  const on = (host: string): Count => {
    const there = hosts.get(host) ?? { urgent: 0, other: 0 }
    hosts.set(host, there)
    return there
  }
  const count = ({ host, urgent }: Pick<UnderWay, 'host' | 'urgent'>, n: number): void => {
    const kind = urgent === 1 ? 'urgent' : 'other'
    all[kind] += n
    on(host)[kind] += n
  }
  for (const each of underWay) count(each, each.n)

  const chosen = new Set<Candidate>()
  const take = (candidate: Candidate, mayGo: (there: Count) => boolean): void => {
    const there = on(candidate.host)
    if (chosen.size === limit || there.urgent + there.other >= hands.perHost || !mayGo(there)) return
    chosen.add(candidate)
    count(candidate, 1)
  }
  // What is kept for the urgent is theirs, however long the others have waited.
  for (const candidate of candidates) {
    if (candidate.urgent === 0) continue
    take(candidate, (there) => there.urgent < kept.perHost && all.urgent < kept.inAll)
  }
  for (const candidate of candidates) {
    if (chosen.has(candidate)) continue
    take(
      candidate,
      (there) =>
        candidate.urgent === 1 ||
        (there.other < hands.perHost - kept.perHost && all.other < hands.inAll - kept.inAll),
    )
  }
  return [...chosen]
}
