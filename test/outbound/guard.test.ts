import { describe, expect, test } from 'vitest'
import { closeAfterEach, get, outbound, post, receiver } from './rig.ts'

closeAfterEach()

describe('where a connection may go', () => {
  test('a literal address that is forbidden is never connected to', async () => {
    const target = await receiver()
    const door = outbound([])
    for (const host of ['127.0.0.1', '127.1', '0x7f.1', '2130706433', '[::ffff:127.0.0.1]', '0.0.0.0']) {
      for (const scheme of ['http', 'https']) {
        const exchange = await get(door, `${scheme}://${host}:${target.port}/`)
        expect(exchange).toMatchObject({ kind: 'fault', fault: 'forbidden' })
      }
    }
    expect(target.connections).toBe(0)
  })

  test('a name that leads to a forbidden address is refused, and the sentence says where it leads', async () => {
    const target = await receiver()
    const door = outbound([], () => ['127.0.0.1'])
    expect(await post(door, `https://good.example:${target.port}/secret?token=1`)).toMatchObject({
      fault: 'forbidden',
      detail: 'good.example leads to 127.0.0.1, which is a loopback address.',
    })
    expect(target.connections).toBe(0)
  })

  test('one forbidden answer among allowed ones condemns the name', async () => {
    const target = await receiver()
    for (const answers of [
      ['127.0.0.1', '10.0.0.1'],
      ['10.0.0.1', '127.0.0.1'],
      ['127.0.0.1', 'fe80::1%lo'],
    ]) {
      const door = outbound(['127.0.0.1'], () => answers)
      expect(await get(door, `http://mixed.example:${target.port}/`)).toMatchObject({ fault: 'forbidden' })
    }
    expect(target.connections).toBe(0)
  })

  test('a public answer beside a private one does not open the private one', async () => {
    const target = await receiver()
    const door = outbound([], () => ['1.1.1.1', '127.0.0.1'])
    expect(await get(door, `https://mixed.example:${target.port}/`)).toMatchObject({ fault: 'forbidden' })
    expect(target.connections).toBe(0)
  })

  test('a name that leads elsewhere at the second connect is judged anew', async () => {
    const target = await receiver(() => ({ status: 200, headers: { Connection: 'close' } }))
    const answers = [['127.0.0.1'], ['127.0.0.2']]
    const door = outbound(['127.0.0.1'], () => answers.shift() ?? [])
    const url = `http://rebinding.example:${target.port}/`
    expect(await get(door, url)).toMatchObject({ kind: 'answer', status: 200 })
    expect(await get(door, url)).toMatchObject({ fault: 'forbidden' })
    expect(target.connections).toBe(1)
  })

  test('the connection goes to the address that was judged: the name is asked once', async () => {
    const target = await receiver()
    let asked = 0
    const door = outbound(['127.0.0.1'], () => [asked++ === 0 ? '127.0.0.1' : '10.0.0.1'])
    expect(await get(door, `http://once.example:${target.port}/`)).toMatchObject({ kind: 'answer' })
    expect(asked).toBe(1)
  })

  test('a Host header of the caller does not change the site', async () => {
    const target = await receiver()
    await get(outbound(), target.url(), { headers: { host: 'other.example', 'X-Api-Key': 'k' } })
    expect(target.requests[0]?.headers).toMatchObject({ host: `127.0.0.1:${target.port}`, 'x-api-key': 'k' })
  })
})

describe('what the allow-list opens', () => {
  test('an address, for plain http too', async () => {
    const target = await receiver()
    expect(await get(outbound(['127.0.0.0/8']), target.url())).toMatchObject({ kind: 'answer', status: 200 })
  })

  test('a name, wherever it leads', async () => {
    const target = await receiver()
    const door = outbound(['crm.internal'], () => ['127.0.0.1'])
    expect(await get(door, `http://CRM.internal:${target.port}/`)).toMatchObject({ kind: 'answer' })
    expect(await get(door, `http://erp.internal:${target.port}/`)).toMatchObject({ fault: 'forbidden' })
    expect(await get(door, target.url())).toMatchObject({ fault: 'forbidden' })
  })

  test('plain http to a public address that it does not name is refused', async () => {
    const door = outbound(['127.0.0.1'], () => ['1.1.1.1'])
    const exchange = await get(door, 'http://public.example/')
    expect(exchange).toMatchObject({
      fault: 'forbidden',
      detail: expect.stringMatching(/use https/) as string,
    })
  })
})

describe('names', () => {
  test.each([
    ['has no address', () => []],
    [
      'cannot be resolved',
      () => {
        throw new Error('ENOTFOUND')
      },
    ],
    ['has 10,000 addresses', () => Array.from({ length: 10_000 }, () => '127.0.0.1')],
  ])('one that %s is a fault', async (_what, resolve) => {
    expect(await get(outbound(['127.0.0.1'], resolve), 'http://bad.example/')).toMatchObject({ fault: 'dns' })
  })

  test('a lookup that never ends is a time-out', async () => {
    const door = outbound([], () => Promise.race([]))
    expect(await get(door, 'https://slow.example/', { timeoutMs: 50 })).toMatchObject({ fault: 'timeout' })
  })

  test('the system resolver is the default', async () => {
    const target = await receiver()
    const door = outbound(['127.0.0.1', '::1'])
    expect(await get(door, `http://localhost:${target.port}/`)).toMatchObject({ kind: 'answer' })
    expect(await get(outbound([]), `https://localhost:${target.port}/`)).toMatchObject({ fault: 'forbidden' })
  })
})
