/**
 * The public keys of publishers that sign their own SETs: fetched when they are needed, remembered for a while,
 * and fetched once more when a token names a key that is not among them.
 */
import { createLocalJWKSet, errors, type CryptoKey, type JSONWebKeySet, type JWSHeaderParameters } from 'jose'
import { Refusal } from '../core/errors.ts'
import { createPace } from '../core/pace.ts'
import type { Clock, Documents } from '../core/ports.ts'
import { parseStrictJson } from '../core/strict-json.ts'

/** A key that its publisher withdrew is believed this much longer, at the most. */
const MAX_AGE = 600_000

/** Fetches of one address: whoever can reach the hub can send tokens with key ids of his own making. */
const FETCHES = { burst: 5, everyMs: 10_000 }

const TIMEOUT = 5_000

/** A set of keys is a few kilobytes. */
const MAX_BYTES = 262_144

/** The keys at one address. */
interface Known {
  select?: ReturnType<typeof createLocalJWKSet>
  fetchedAt: number
  /** Shared by all that wait for it. */
  fetching?: Promise<void> | undefined
}

export interface PublisherKeys {
  /**
   * The one key at this address that the header names.
   * @throws Refusal `unavailable` when the keys cannot be had, errors of `jose` when there is no such key
   */
  find(url: string, header: JWSHeaderParameters): Promise<CryptoKey>
}

export function createPublisherKeys(documents: Documents, clock: Clock): PublisherKeys {
  const addresses = new Map<string, Known>()
  const pace = createPace(FETCHES)

  async function fetchKeys(url: string, known: Known): Promise<void> {
    const now = clock.now()
    if (pace.wait(url, now) > 0) throw unavailable('they were asked for too often.')
    pace.count(url, now)
    const accept = 'application/jwk-set+json, application/json'
    const exchange = await documents.read({ url, accept, timeoutMs: TIMEOUT, maxBodyBytes: MAX_BYTES })
    if (exchange.kind === 'fault') throw unavailable(exchange.detail)
    if (exchange.status !== 200) throw unavailable(`The answer was ${exchange.status}.`)
    known.select = readKeySet(exchange.body)
    known.fetchedAt = now
  }

  const refresh = (url: string, known: Known): Promise<void> =>
    (known.fetching ??= fetchKeys(url, known).finally(() => (known.fetching = undefined)))

  return {
    async find(url, header) {
      const known = addresses.get(url) ?? { fetchedAt: 0 }
      addresses.set(url, known)
      const isOld = known.select === undefined || Math.abs(clock.now() - known.fetchedAt) > MAX_AGE
      if (isOld) await refresh(url, known)
      const select = (): Promise<CryptoKey> => selectKey(known, header)
      return select().catch(async (error: unknown) => {
        if (isOld || !(error instanceof errors.JWKSNoMatchingKey)) throw error
        // It may be a new key. Where that cannot be found out now, the token is not condemned.
        await refresh(url, known)
        return select()
      })
    },
  }
}

async function selectKey({ select }: Known, header: JWSHeaderParameters): Promise<CryptoKey> {
  if (select === undefined) throw new errors.JWKSNoMatchingKey()
  return select(header)
}

function readKeySet(body: Buffer): ReturnType<typeof createLocalJWKSet> {
  try {
    return createLocalJWKSet(parseStrictJson(body) as JSONWebKeySet)
  } catch {
    throw unavailable('The answer was no JWK Set.')
  }
}

/** @param why for the log alone: it says what the hub met at an address that the sender need not know */
function unavailable(why: string): Refusal {
  return new Refusal('unavailable', 'The publisher’s keys cannot be had now; try again.', {
    cause: new Error(`The publisher's keys cannot be had: ${why}`),
  })
}
