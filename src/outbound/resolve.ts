/**
 * What a name leads to. Strangers choose names, and a name's own server chooses when it answers, if ever. The operating
 * system's resolver holds one of libuv's four threads for as long as that takes, with no way to call it off: four such
 * names, and every other lookup waits, files and signatures too. So what strangers name is asked of DNS over sockets
 * of the hub's own, which are as many as there are questions. Names that the operator allows are the system's: they
 * are few and trusted, and may need what only it has (search domains, NSS).
 */
import { Resolver, lookup } from 'node:dns/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { createHostsFile } from './hosts-file.ts'

/** All addresses of a name, as texts, the preferred one first; none, or an error, when it has none. */
export type Resolve = (host: string) => Promise<readonly string[]>

interface ResolveOptions {
  /** In lower case: names that are left to the operating system. */
  names: ReadonlySet<string>
  /** DNS servers as `address:port`; the system's when they are left out. */
  servers?: readonly string[]
  hostsFile?: string
}

/** Of one question to one server, before it is asked again or the next is. Twice as long at the second try. */
const QUESTION_MS = 2_000
const TRIES = 2

/** The other family's answer is waited for this long, once one is there. */
const GRACE_MS = 1_000

/** The system's choice of servers may change, by DHCP say; after so long it is looked at again. */
const SERVERS_MS = 60_000

export function createResolve({ names, servers, hostsFile = '/etc/hosts' }: ResolveOptions): Resolve {
  const hosts = createHostsFile(hostsFile)
  const dns = createDns(servers)
  return onceAtATime(async (host) => {
    const name = host.toLowerCase()
    if (names.has(name)) return (await lookup(name, { all: true })).map(({ address }) => address)
    const known = await hosts(name)
    if (known !== undefined) return known
    // These names are this machine, and no server is asked for them (RFC 6761 §6.3).
    if (/(^|\.)localhost\.?$/.test(name)) return (await hosts('localhost')) ?? ['127.0.0.1', '::1']
    return bothFamilies(dns(), name)
  })
}

function createDns(servers: readonly string[] | undefined): () => Resolver {
  const make = (): Resolver => {
    const resolver = new Resolver({ timeout: QUESTION_MS, tries: TRIES })
    if (servers !== undefined) resolver.setServers(servers)
    return resolver
  }
  let resolver = make()
  let madeAt = performance.now()
  return () => {
    if (performance.now() - madeAt >= SERVERS_MS) {
      resolver = make()
      madeAt = performance.now()
    }
    return resolver
  }
}

async function bothFamilies(resolver: Resolver, name: string): Promise<string[]> {
  const found: string[][] = [[], []]
  const asked = [resolver.resolve4(name), resolver.resolve6(name)].map(async (answer, index) => {
    found[index] = await answer
  })
  const all = Promise.allSettled(asked)
  const enough = Promise.any(asked).then(
    () => delay(GRACE_MS, undefined, { ref: false }),
    () => all,
  )
  await Promise.race([all, enough])
  return found.flat()
}

/** Many connections to one name are one question. */
function onceAtATime(resolve: Resolve): Resolve {
  const underWay = new Map<string, Promise<readonly string[]>>()
  return (host) => {
    const asked =
      underWay.get(host) ??
      resolve(host).finally(() => {
        underWay.delete(host)
      })
    underWay.set(host, asked)
    return asked
  }
}
