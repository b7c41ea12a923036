/**
 * Hosts that said no, or nothing, many times in a row: most likely strangers name them, again and again, and the hub
 * must not become the flood. In memory: what a restart forgets is learnt again.
 */

/** So many questions in a row may come to nothing. */
const PATIENCE = 20

/** Then they are asked once in a while, until one agrees. */
const PAUSE_MS = 1_000

const MAX_KNOWN = 10_000

export interface ReluctantHosts {
  /** Whether a host is left alone for now. */
  rests(host: string, now: number): boolean
  said(host: string, agreed: boolean, now: number): void
}

export function createReluctantHosts(): ReluctantHosts {
  const hosts = new Map<string, { refusals: number; last: number }>()
  return {
    rests(host, now) {
      const known = hosts.get(host)
      if (known === undefined || known.refusals < PATIENCE) return false
      // A clock that was set back must not keep it at rest.
      return Math.abs(now - known.last) < PAUSE_MS
    },
    said(host, agreed, now) {
      const refusals = (hosts.get(host)?.refusals ?? 0) + 1
      // Those that refused last stand last: the others are forgotten first.
      hosts.delete(host)
      if (agreed) return
      hosts.set(host, { refusals, last: now })
      const [oldest = ''] = hosts.keys()
      if (hosts.size > MAX_KNOWN) hosts.delete(oldest)
    },
  }
}
