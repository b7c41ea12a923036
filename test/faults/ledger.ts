/** The accounts of a run: what the hub accepted, and what arrived where. */
import jwt from 'jsonwebtoken'
import type { Received } from '../support/receiver.ts'

/** An arrival; `taken` once the receiver has said so. */
interface Arrival {
  at: number
  taken: boolean
}

export class Ledger {
  /** Every event that was answered 202, and the subscriptions that are owed it. */
  readonly #accepted = new Map<string, readonly string[]>()
  /** By subscription and `jti`. */
  readonly #arrivals = new Map<string, Arrival[]>()
  /** Accounts that are owed: accepted, and not taken yet. */
  readonly #owed = new Set<string>()
  readonly #bodies = new Map<string, string>()
  /** Events that arrived in two forms. */
  readonly altered = new Set<string>()

  accept(jti: string, subscriptions: readonly string[]): void {
    this.#accepted.set(jti, subscriptions)
    // It may have come before its publisher was answered.
    for (const account of subscriptions.map((subscription) => accountOf(subscription, jti)))
      if (!this.#isTaken(account)) this.#owed.add(account)
  }

  /** @returns a way to say that the receiver took it */
  arrive(subscription: string, { body, at }: Received): () => void {
    const set = body.toString()
    // What is relayed is no token.
    const relayed = set.startsWith('{') ? (JSON.parse(set) as { jti: string }) : undefined
    const { jti = '' } = relayed ?? jwt.decode(set, { json: true }) ?? {}
    if ((this.#bodies.get(jti) ?? set) !== set) this.altered.add(jti)
    this.#bodies.set(jti, set)
    const arrival: Arrival = { at, taken: false }
    const account = accountOf(subscription, jti)
    this.#arrivals.set(account, [...(this.#arrivals.get(account) ?? []), arrival])
    return () => {
      arrival.taken = true
      this.#owed.delete(account)
    }
  }

  get acceptedEvents(): number {
    return this.#accepted.size
  }

  /** How many of the accepted events are of this kind. */
  accepted(isOne: (jti: string) => boolean): number {
    return [...this.#accepted.keys()].filter(isOne).length
  }

  /** What is owed: accepted, and not taken yet. As a list of accounts. */
  owed(): string[] {
    return [...this.#owed]
  }

  /** How much that is. */
  get open(): number {
    return this.#owed.size
  }

  isServed(accounts: readonly string[]): boolean {
    return accounts.every((account) => !this.#owed.has(account))
  }

  /** When the first of these accounts was served from `since` on; undefined when none was. */
  firstServed(accounts: readonly string[], since: number): number | undefined {
    const times = accounts.flatMap((account) => (this.#arrivals.get(account) ?? []).map(({ at }) => at))
    const later = times.filter((at) => at >= since)
    return later.length === 0 ? undefined : Math.min(...later)
  }

  /** How often something came again to a receiver that had taken it: to one, or to any. */
  duplicates(subscription?: string): number {
    const end = subscription === undefined ? '' : accountOf(subscription, '')
    return [...this.#arrivals]
      .filter(([account]) => account.endsWith(end))
      .map(([, arrivals]) => arrivals.filter(({ taken }) => taken).length - 1)
      .reduce((sum, again) => sum + Math.max(again, 0), 0)
  }

  /** How often an event came to a subscription, and how often that took it. */
  times(subscription: string, jti: string): { arrived: number; taken: number } {
    const arrivals = this.#arrivals.get(accountOf(subscription, jti)) ?? []
    return { arrived: arrivals.length, taken: arrivals.filter(({ taken }) => taken).length }
  }

  #isTaken(account: string): boolean {
    return this.#arrivals.get(account)?.some(({ taken }) => taken) ?? false
  }
}

const accountOf = (subscription: string, jti: string): string => `${jti} → ${subscription}`
