/** The hub's signing keys as they are now: the active one signs, those that are published verify. */
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import type { JWK } from 'jose'
import {
  activated,
  firstKeys,
  isDue,
  keyIn,
  nextKey,
  outlived,
  removed,
  retired,
  revoked,
  scheduled,
} from '../core/key-life.ts'
import type { KeyControl, Resigner, SigningAlg, SigningKeyStore, StoredKey } from '../core/key-ports.ts'
import type { Clock, Observer, Signer, Vault } from '../core/ports.ts'
import { signingKeyContext } from '../core/sealing.ts'
import { claimsText } from '../core/set.ts'
import { compactJws, encodedHeader, isSignedBy, type JwsHeader } from './compact-jws.ts'
import { makeSigningKey } from './make-key.ts'

export interface KeyRing extends Signer, Resigner, KeyControl {
  /** The JWK Set (RFC 7517 §5) of every key that a SET in circulation may name. */
  publicKeys: () => { keys: JWK[] }
  /** What time brings: the next key signs once it may, a retired one is removed once nothing of it is left. */
  tend(): Promise<void>
}

interface KeyRingParts {
  store: SigningKeyStore
  vault: Vault
  clock: Clock
  observer: Pick<Observer, 'keyChanged'>
  alg: SigningAlg
  /** For how long a retired key stays published, in milliseconds. */
  keepMs: number
}

/** An event may be signed by one key and committed when the next signs already. */
const UNDER_WAY = 60_000

/**
 * Opens the active key, or makes one at the first start. With another `alg` than it has, a rotation begins.
 *
 * @throws Error with a sentence for the operator when the stored key cannot be opened
 */
export async function openKeyRing({
  store,
  vault,
  clock,
  observer,
  alg,
  keepMs,
}: KeyRingParts): Promise<KeyRing> {
  let keys = await store.list()
  let now: Held
  let turns: Promise<unknown> = Promise.resolve()

  /** One change at a time: each is decided on what the one before it has left. */
  const inTurn = <T>(change: () => Promise<T>): Promise<T> => {
    const turn = turns.then(change, change)
    turns = turn
    return turn
  }

  const make = () => makeSigningKey(vault, clock, alg)

  /** On disk first: what is said of keys here is what a restart says. */
  async function save(...changed: StoredKey[]): Promise<void> {
    await store.save(changed)
    keys = [...keys.filter(({ kid }) => !changed.some((key) => key.kid === kid)), ...changed].sort(
      (a, b) => a.createdAt - b.createdAt,
    )
    now = hold(keys, vault)
    for (const { kid, alg, state } of changed) observer.keyChanged({ kid, alg, state })
  }

  /** The next key signs from now on, and there is a new next one. @param leaving what becomes of the active key */
  async function advance(leaving: (active: StoredKey, now: number) => StoredKey): Promise<void> {
    const [active, next, time] = [keyIn(keys, 'active'), keyIn(keys, 'next'), clock.now()]
    await save(
      ...(active === undefined ? [] : [leaving(active, time)]),
      activated(next ?? nextKey(await make(), time), time),
      nextKey(await make(), time),
    )
  }

  async function tend(): Promise<void> {
    if (isDue(keyIn(keys, 'next'), clock.now())) await advance(retired)
    for (const key of outlived(keys, clock.now(), keepMs)) {
      // What still waits for somebody, however long, is verified by it.
      if (!(await store.hasEventsUntil((key.retiredAt ?? 0) + UNDER_WAY)))
        await save(removed(key, clock.now()))
    }
  }

  async function begin(): Promise<void> {
    const active = keyIn(keys, 'active')
    if (active === undefined) {
      // No news: there was nothing before.
      keys = firstKeys(await make(), await make(), clock.now())
      await store.save(keys)
      now = hold(keys, vault)
      return
    }
    // Opened even when another algorithm is wanted: a wrong secret key is told before anything is sealed with it.
    now = hold(keys, vault)
    const next = keyIn(keys, 'next')
    if (next?.alg !== alg) {
      // It never signed anything.
      const unused = next === undefined ? [] : [removed(next, clock.now())]
      await save(...unused, nextKey(await make(), clock.now()))
    }
    if (active.alg !== alg) await schedule()
    await tend()
  }

  async function schedule(): Promise<void> {
    const next = keyIn(keys, 'next')
    if (next !== undefined && next.signsFrom === undefined) await save(scheduled(next, clock.now()))
  }

  await begin()
  return {
    publicKeys: () => now.published,
    sign: (claims) => now.sign(JSON.stringify(claims)),
    isRevoked: (token) => now.revoked.has(headerOf(token)),
    async signAgain(token) {
      const key = now.revoked.get(headerOf(token))
      if (key === undefined) return undefined
      // Anyone may write its name into a token: only what it signed is the hub's own word.
      const verifier = createPublicKey({ key: key.publicJwk, format: 'jwk' })
      return isSignedBy(token, key.alg as SigningAlg, verifier) ? now.sign(claimsText(token)) : undefined
    },
    keys: () => keys,
    rotate: () =>
      inTurn(async () => {
        await schedule()
        await tend()
      }),
    revoke: (kid) =>
      inTurn(async () => {
        const key = keys.find((each) => each.kid === kid)
        if (key === undefined) return undefined
        if (key.state === 'active') await advance(revoked)
        else if (key.state === 'next')
          await save(revoked(key, clock.now()), nextKey(await make(), clock.now()))
        else if (key.revokedAt === undefined) await save(revoked(key, clock.now()))
        return keys.find((each) => each.kid === kid)
      }),
    tend: () => inTurn(tend),
  }
}

/** What follows from the keys as they are. */
interface Held {
  sign: (payload: string) => Promise<string>
  published: { keys: JWK[] }
  /** By the header that begins each token of theirs. */
  revoked: ReadonlyMap<string, StoredKey>
}

function hold(keys: readonly StoredKey[], vault: Vault): Held {
  const active = keyIn(keys, 'active')
  if (active === undefined) throw new Error('no signing key is active')
  return {
    sign: compactJws(jwsHeader(active), openKey(active, vault)),
    published: {
      // The one that signs first, for whoever looks at no more.
      keys: [active, ...keys.filter(({ state }) => state === 'next' || state === 'retired')].map(publicJwk),
    },
    revoked: new Map(
      keys
        .filter(({ revokedAt }) => revokedAt !== undefined)
        .map((key) => [encodedHeader(jwsHeader(key)), key]),
    ),
  }
}

function openKey(key: StoredKey, vault: Vault): KeyObject {
  let jwk: JWK
  try {
    jwk = JSON.parse(vault.open(key.privateSealed, signingKeyContext(key.kid))) as JWK
  } catch (error) {
    throw new Error(
      'The signing key in the store does not open: the secret key (SIGNET_SECRET_KEY, or secret.key beside the store) is not the one that this store was written with.',
      { cause: error },
    )
  }
  return createPrivateKey({ key: jwk, format: 'jwk' })
}

const jwsHeader = ({ alg, kid }: StoredKey): JwsHeader => ({
  typ: 'secevent+jwt',
  alg: alg as SigningAlg,
  kid,
})

const headerOf = (token: string): string => token.slice(0, token.indexOf('.'))

const publicJwk = (key: StoredKey): JWK => ({ ...key.publicJwk, kid: key.kid, alg: key.alg, use: 'sig' })
