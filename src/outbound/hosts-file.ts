/** The operator's own names: `/etc/hosts`, which counts before DNS, as it does for every program of the machine. */
import { readFile } from 'node:fs/promises'
import { isIP } from 'node:net'

/** The file is looked at again after this long. */
const FRESH_MS = 5_000

/** @returns the addresses of a name in lower case; undefined when the file does not have it, or is not there */
export function createHostsFile(path: string): (name: string) => Promise<readonly string[] | undefined> {
  let known: Promise<Map<string, string[]>> = Promise.resolve(new Map<string, string[]>())
  let readAt = -Infinity
  return async (name) => {
    if (performance.now() - readAt >= FRESH_MS) {
      readAt = performance.now()
      // A machine may have none.
      known = readFile(path, 'utf8').then(parse, () => new Map<string, string[]>())
    }
    return (await known).get(name)
  }
}

/** hosts(5): an address, then its names; from `#` on it is a comment. */
function parse(text: string): Map<string, string[]> {
  const found = new Map<string, string[]>()
  for (const line of text.split('\n')) {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/)
    // One with a zone (`fe80::1%lo0`) is good on one interface alone.
    if (isIP(address) === 0 || address.includes('%')) continue
    for (const name of names.map((each) => each.toLowerCase())) {
      found.set(name, [...(found.get(name) ?? []), address])
    }
  }
  return found
}
