import { lookup } from 'node:dns/promises'

/** All addresses of a name, as texts, the preferred one first. */
export type Resolve = (host: string) => Promise<readonly string[]>

/**
 * The operating system's resolver, asked once at a time for each name. A lookup cannot be called off and holds
 * one of libuv's few threads until it ends, so a name that never answers must not hold more than one.
 */
export function systemResolve(): Resolve {
  const underWay = new Map<string, Promise<readonly string[]>>()
  return (host) => {
    const known = underWay.get(host)
    if (known !== undefined) return known
    const asked = lookup(host, { all: true })
      .then((answers) => answers.map(({ address }) => address))
      .finally(() => underWay.delete(host))
    underWay.set(host, asked)
    return asked
  }
}
