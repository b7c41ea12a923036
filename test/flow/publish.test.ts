import { describe, expect, it } from 'vitest'
import { shippedCatalogue } from '../../src/catalogue/catalogue.ts'
import type { Observer } from '../../src/core/ports.ts'
import type { NativeEvent } from '../../src/core/reading.ts'
import type { UnsentEvent } from '../../src/core/store-ports.ts'
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
async function publishing(
  native: NativeEvent,
  faulty: readonly string[],
  inbox: Partial<PublishParts['inbox']> = {},
) {
  const catalogue = shippedCatalogue()
  const accepted: string[] = []
  const unsent: UnsentEvent[] = []
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
    vault: { seal: (plain, context) => `sealed for ${context}: ${plain}`, open: (text) => text },
    fingerprint: (text) => text,
    inbox: {
      knows: () => Promise.resolve(false),
      recall: () => Promise.resolve(new Map()),
      accept: ({ events, unsent: kept = [] }) => {
        unsent.push(...kept)
        accepted.push(...events.map((event) => `${event.category}/${event.name}`))
        return Promise.resolve('accepted')
      },
      ...inbox,
    },
    clock: { now: () => 1_700_000_000_000 },
    random: { uuid: () => 'uuid', token: () => 'token', fraction: () => 0 },
    observer,
    wake: () => undefined,
  }
  return { published: await publish(parts, source, native), accepted, unsent, reported, signed }
}

describe('an event that breaks its own schema', () => {
  it('is reported and never signed, and the others of its native event go out', async () => {
    const { published, accepted, reported, signed } = await publishing(login, ['established'])
    expect(published.kind).toBe('accepted')
    expect(accepted).toEqual(['login/succeeded'])
    expect(reported).toEqual(['session/established: it is broken'])
    expect(signed).toHaveLength(1)
  })

  it('is kept under seal, and the provider need not send it again', async () => {
    const { published, accepted, unsent, signed } = await publishing(login, ['established', 'succeeded'])
    expect(published).toEqual({ kind: 'accepted', events: [] })
    expect(accepted).toEqual([])
    const sealed = expect.stringMatching(/^sealed for content of uuid: .*"sub_id".*"claims"/) as string
    expect(unsent).toMatchObject([
      { category: 'login', name: 'succeeded', sealed },
      { category: 'session', name: 'established', sealed },
    ])
    expect(signed).toEqual([])
  })
})

it('keeps the transaction that the provider names', async () => {
  const { signed } = await publishing({ ...login, txn: 'rci-1' }, [])
  expect(signed).toMatchObject([{ txn: 'rci-1' }, { txn: 'rci-1' }])
})

describe('an event that the memory of a user decides', () => {
  const forbidden: NativeEvent = {
    name: 'update-user',
    key: 'update 1',
    readings: [{ facts: { outcome: 'ok' }, user: { id: 'u1' }, state: { enabled: false } }],
  }
  const remembering =
    (version: number, enabled: boolean) =>
    (_source: string, [user = '']: readonly string[]) =>
      Promise.resolve(new Map([[user, { version, memory: { enabled } }]]))

  it('is decided anew when the memory changed before the commit', async () => {
    let tries = 0
    const taken: string[][] = []
    const { published, signed } = await publishing(forbidden, [], {
      recall: (source, users) => remembering((tries += 1), tries > 1)(source, users),
      accept: ({ events, memory }) => {
        taken.push(events.map(({ name }) => name))
        return Promise.resolve(memory?.changes[0]?.was === 2 ? 'accepted' : 'outdated')
      },
    })
    expect(taken).toEqual([['updated'], ['updated', 'disabled']])
    expect(published).toMatchObject({ kind: 'accepted', events: [{}, {}] })
    expect(signed).toHaveLength(3)
  })

  it('is refused for now when the memory never stands still', async () => {
    const never = publishing(forbidden, [], {
      recall: remembering(1, true),
      accept: () => Promise.resolve('outdated'),
    })
    await expect(never).rejects.toMatchObject({ code: 'unavailable' })
  })
})
