/** Names that strangers choose, answered by a DNS server that is theirs too. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, it, test } from 'vitest'
import { createResolve, type Resolve } from '../../src/outbound/resolve.ts'
import { type DnsServer, type Said, startDnsServer } from '../support/dns-server.ts'
import { until } from '../support/until.ts'
import { closeAfterEach, get, outbound, receiver } from './rig.ts'

closeAfterEach()

const folder = mkdtempSync(join(tmpdir(), 'signet-hosts-'))
const hostsFile = join(folder, 'hosts')
let dns: DnsServer
let says: Record<string, Said | (() => Said)>
let resolve: Resolve

beforeEach(async () => {
  says = {}
  dns = await startDnsServer(({ name }) => {
    const said = says[name] ?? { rcode: 3 }
    return typeof said === 'function' ? said() : said
  })
  writeFileSync(hostsFile, '')
  resolve = createResolve({ names: new Set(), servers: [dns.address], hostsFile })
})

afterEach(() => dns.close())
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const door = (allow: string[]) => outbound(allow, async (host) => [...(await resolve(host))])

describe('what a name leads to', () => {
  it('is all of its addresses, of both families', async () => {
    says['both.example'] = { addresses: ['192.0.2.7', '192.0.2.8', '2001:db8::1:0:7'] }
    expect(await resolve('Both.Example')).toEqual(['192.0.2.7', '192.0.2.8', '2001:db8::1:0:7'])
  })

  it('is those of one family, where it has no other', async () => {
    says['four.example'] = { addresses: ['192.0.2.7'] }
    says['six.example'] = { addresses: ['2001:db8::7'] }
    expect(await resolve('four.example')).toEqual(['192.0.2.7'])
    expect(await resolve('six.example')).toEqual(['2001:db8::7'])
  })

  it.each([
    ['there is no such name', { rcode: 3 }],
    ['it has no address', {}],
    ['its server fails', { rcode: 2 }],
  ])('is nothing, where %s', async (_what, said) => {
    says['none.example'] = said
    expect(await resolve('none.example')).toEqual([])
  })

  it('is asked once, however many ask', async () => {
    says['many.example'] = { addresses: ['192.0.2.7'] }
    await Promise.all(Array.from({ length: 50 }, () => resolve('many.example')))
    expect(dns.asked('many.example', 'A')).toBe(1)
    await resolve('many.example')
    expect(dns.asked('many.example', 'A')).toBe(2)
  })
})

describe('the machine’s own names', () => {
  it('come from its hosts file, and DNS is not asked', async () => {
    writeFileSync(
      hostsFile,
      '# 10.9.9.9 crm.corp\n10.0.0.5\tcrm.corp CRM2.corp # here\n\n2001:db8::5 crm.corp\nfe80::1%lo0 crm.corp\nnonsense x\n',
    )
    expect(await resolve('crm.corp')).toEqual(['10.0.0.5', '2001:db8::5'])
    expect(await resolve('crm2.CORP')).toEqual(['10.0.0.5'])
    expect(dns.questions).toEqual([])
  })

  it.each(['localhost', 'foo.localhost', 'localhost.', 'a.b.LOCALHOST.'])(
    '%s is this machine, and DNS is not asked',
    async (name) => {
      expect(await resolve(name)).toEqual(['127.0.0.1', '::1'])
      expect(dns.questions).toEqual([])
    },
  )

  it('that the operator allows are left to the system', async () => {
    const allowed = createResolve({ names: new Set(['localhost']), servers: [dns.address], hostsFile })
    expect(await allowed('LOCALHOST')).toContain('127.0.0.1')
    expect(dns.questions).toEqual([])
  })
})

describe('a name whose server is against us', () => {
  test('40 names that are never answered delay no other', async () => {
    says['good.example'] = { addresses: ['192.0.2.7'] }
    const dead = Array.from({ length: 40 }, (_, n) => `never-${n}.example`)
    for (const name of dead) says[name] = { afterMs: Infinity }
    let ended = 0
    for (const name of dead) {
      void resolve(name).finally(() => (ended += 1))
      // One after the other: a burst would be lost in the server's own socket.
      await until(() => Promise.resolve(dns.asked(name) === 2))
    }
    expect(await resolve('good.example')).toEqual(['192.0.2.7'])
    expect(ended).toBeLessThan(dead.length)
  })

  test('a family that is never answered is not waited for long, once the other is there', async () => {
    says['half.example'] = { addresses: ['192.0.2.7'] }
    const half = await startDnsServer(({ type }) =>
      type === 'A' ? { addresses: ['192.0.2.7'] } : { afterMs: Infinity },
    )
    try {
      const slow = createResolve({ names: new Set(), servers: [half.address], hostsFile })
      expect(await slow('half.example')).toEqual(['192.0.2.7'])
    } finally {
      await half.close()
    }
  })

  test('30 s to answer is a time-out of the exchange', async () => {
    says['slow.example'] = { addresses: ['127.0.0.1'], afterMs: 30_000 }
    const exchange = await get(door(['127.0.0.1']), 'http://slow.example/', { timeoutMs: 100 })
    expect(exchange).toMatchObject({ kind: 'fault', fault: 'timeout' })
  })

  test('one server that is dead leaves the next', async () => {
    says['second.example'] = { addresses: ['192.0.2.7'] }
    const dead = await startDnsServer(() => ({ afterMs: Infinity }))
    try {
      const servers = [dead.address, dns.address]
      expect(await createResolve({ names: new Set(), servers, hostsFile })('second.example')).toEqual([
        '192.0.2.7',
      ])
    } finally {
      await dead.close()
    }
  })
})

describe('through the guard', () => {
  test('public at one connect and private at the next (rebinding): the next is refused', async () => {
    const site = await receiver(() => ({ status: 200, headers: { Connection: 'close' } }))
    const leads = ['127.0.0.1', '127.0.0.2']
    says['rebinding.example'] = () => ({ addresses: leads.slice(0, 1) })
    const out = door(['127.0.0.1'])
    const url = `http://rebinding.example:${site.port}/`
    expect(await get(out, url)).toMatchObject({ kind: 'answer' })
    leads.shift()
    expect(await get(out, url)).toMatchObject({ fault: 'forbidden' })
    expect(site.connections).toBe(1)
  })

  test('an answer that changes from question to question is asked for once: what was judged is connected to', async () => {
    const site = await receiver()
    let questions = 0
    says['flip.example'] = () => ({ addresses: [questions++ < 1 ? '127.0.0.1' : '10.0.0.1'] })
    // The first question is for one family, the second for the other, which has none of these.
    expect(await get(door(['127.0.0.1']), `http://flip.example:${site.port}/`)).toMatchObject({
      kind: 'answer',
    })
    expect(dns.asked('flip.example', 'A')).toBe(1)
  })

  test.each([
    ['private beside allowed', ['127.0.0.1', '10.0.0.1']],
    ['private of the other family', ['127.0.0.1', 'fd00::1']],
    ['a disguise of the other family', ['127.0.0.1', '64:ff9b::7f00:1']],
    ['a mapped address', ['::ffff:10.0.0.1']],
    ['metadata', ['169.254.169.254']],
  ])('%s condemns the name', async (_what, addresses) => {
    const site = await receiver()
    says['mixed.example'] = { addresses }
    expect(await get(door(['127.0.0.1']), `http://mixed.example:${site.port}/`)).toMatchObject({
      fault: 'forbidden',
    })
    expect(site.connections).toBe(0)
  })

  test.each([70, 4_000])('%i answers are too many', async (count) => {
    says['flood.example'] = { addresses: Array.from({ length: count }, () => '127.0.0.1') }
    const exchange = await get(door(['127.0.0.1']), 'http://flood.example/')
    expect(exchange).toMatchObject({ fault: 'dns', detail: 'flood.example has too many addresses.' })
  })
})
