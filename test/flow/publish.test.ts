import { describe, expect, it } from 'vitest'
import { loadCatalogue } from '../../src/catalogue/catalogue.ts'
import type { Observer } from '../../src/core/ports.ts'
import type { NativeEvent } from '../../src/core/reading.ts'
import { type PublishParts, publish } from '../../src/flow/publish.ts'

const source = {
  id: 'door',
  tenant: 'acme',
  provider: 'casdoor',
  issuer: 'https://door.acme.example',
  disclose: [],
}
const login: NativeEvent = {
  name: 'login',
  key: 'login 1',
  readings: [{ facts: { outcome: 'ok', signed_in: true }, user: { id: 'u1' } }],
}

/** Publishing with a catalogue that finds fault with these events, and what came of it. */
async function publishing(native: NativeEvent, faulty: readonly string[]) {
  const catalogue = loadCatalogue()
  const accepted: string[] = []
  const reported: string[] = []
  const signed: object[] = []
  const observer = {
    accepted: () => undefined,
    passedOver: () => undefined,
    invalidEvent: ({ event, problems }: { event: string; problems: string[] }) =>
      void reported.push(`${event}: ${problems.join()}`),
  } as unknown as Observer
  const parts: PublishParts = {
    url: 'https://hub.example',
    catalogue: {
      ...catalogue,
      check: ({ name }) => (faulty.includes(name) ? ['it is broken'] : []),
    },
    signer: {
      sign: (claims) => {
        signed.push(claims)
        return Promise.resolve('jwt')
      },
    },
    fingerprint: (text) => text,
    inbox: {
      knows: () => Promise.resolve(false),
      accept: ({ events }) => {
        accepted.push(...events.map((event) => `${event.category}/${event.name}`))
        return Promise.resolve('accepted')
      },
    },
    clock: { now: () => 1_700_000_000_000 },
    random: { uuid: () => 'uuid', token: () => 'token', fraction: () => 0 },
    observer,
    wake: () => undefined,
  }
  return { published: await publish(parts, source, native), accepted, reported, signed }
}

describe('an event that breaks its own schema', () => {
  it('is reported and never signed, and the others of its native event go out', async () => {
    const { published, accepted, reported, signed } = await publishing(login, ['established'])
    expect(published.kind).toBe('accepted')
    expect(accepted).toEqual(['login/succeeded'])
    expect(reported).toEqual(['session/established: it is broken'])
    expect(signed).toHaveLength(1)
  })

  it('leaves nothing behind when it is all there is, so that a mended hub takes it in', async () => {
    const { published, accepted, signed } = await publishing(login, ['established', 'succeeded'])
    expect(published).toEqual({ kind: 'passed over', why: 'unmapped' })
    expect(accepted).toEqual([])
    expect(signed).toEqual([])
  })
})

it('keeps the transaction that the provider names', async () => {
  const { signed } = await publishing({ ...login, txn: 'rci-1' }, [])
  expect(signed).toMatchObject([{ txn: 'rci-1' }, { txn: 'rci-1' }])
})
