/** Sockets that take and say nothing: the hub goes on, and gives each of them up in time. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type AcmeHub, casdoorLogin, startAcme } from '../support/acme.ts'
import { rawClient, type RawClient } from '../support/raw-client.ts'
import { until } from '../support/until.ts'
import { scale } from './scale.ts'

const CAP = 2_050

let hub: AcmeHub
beforeAll(async () => {
  hub = await startAcme({ env: { SIGNET_MAX_CONNECTIONS: String(CAP) } })
})
afterAll(() => hub.close())

const open = new Set<RawClient>()
afterEach(() => {
  for (const one of open) one.close()
  open.clear()
})

async function connect(count: number, write = ''): Promise<RawClient[]> {
  const made: RawClient[] = []
  // A hundred at a time: more would not fit the queue of those that are not accepted yet.
  while (made.length < count) {
    const some = await Promise.all(
      Array.from({ length: Math.min(100, count - made.length) }, () => rawClient(hub.port)),
    )
    for (const one of some) {
      open.add(one)
      if (write !== '') one.write(write)
    }
    made.push(...some)
  }
  return made
}

const isServed = async (): Promise<void> => {
  await hub.http.get('/healthz').expect(200)
}

describe('sockets by the thousand', () => {
  it.each([
    ['that say nothing', ''],
    ['in the middle of their headers', 'POST /hub HTTP/1.1\r\nHost: hub\r\nX-Slow: '],
    ['in the middle of a body', 'POST /in/casdoor HTTP/1.1\r\nHost: hub\r\nContent-Length: 100\r\n\r\n{'],
  ])('%s leave the hub to everyone else', { timeout: 60_000 }, async (_what, beginning) => {
    await connect(scale > 1 ? 2_000 : 200, beginning)
    await isServed()
    expect((await hub.casdoor(casdoorLogin(`beside ${beginning.length}`))).accepted).toBe(2)
  })

  it(
    'that wait for a next request, and more than the cap: the newest is served',
    { timeout: 60_000 },
    async () => {
      const idle = await connect(CAP, 'GET /healthz HTTP/1.1\r\nHost: hub\r\n\r\n')
      await isServed()
      // The longest idle made room, and nobody else had to go.
      await until(() => Promise.resolve(idle.some(({ socket }) => socket.closed)))
      expect(idle.filter(({ socket }) => socket.closed).length).toBeLessThan(100)
      const [late] = await connect(1, 'GET /healthz HTTP/1.1\r\nHost: hub\r\n\r\n')
      expect(await late?.answers(1)).toMatch(/200 OK/)
    },
  )
})
