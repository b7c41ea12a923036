/** The guard's judgement against arithmetic: every block's edges, every disguise, every way to write an address. */
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { judgeAddress, parseAllowList } from '../../src/core/address.ts'
import { checkCallback } from '../../src/core/callback.ts'
import * as oracle from '../support/address-oracle.ts'

const NONE = parseAllowList([]).allow

const judge = (address: string) => judgeAddress(address, address, 'https:', NONE)
const check = (host: string) => checkCallback(`https://${host}/cb`, NONE)

/** Uniform, and near the edge of a block as often. */
const ipv4 = fc.oneof(
  fc.bigInt(0n, (1n << 32n) - 1n),
  fc.constantFrom(...oracle.BLOCKS_4.flatMap((block) => oracle.edges(4, block))),
)
const ipv6 = fc.oneof(
  fc.bigInt(0n, (1n << 128n) - 1n),
  fc.bigInt(1n << 125n, (1n << 126n) - 1n),
  fc.constantFrom(...oracle.BLOCKS_6.flatMap((block) => oracle.edges(6, block))),
  fc.bigInt(0n, (1n << 64n) - 1n),
  fc.tuple(ipv4, fc.constantFrom(...Object.values(oracle.DISGUISES))).map(([ip, disguise]) => disguise(ip)),
)

test('the edges of every block', () => {
  for (const block of oracle.BLOCKS_4) {
    for (const ip of oracle.edges(4, block)) {
      const text = oracle.dotted(ip)
      expect([text, judge(text) !== undefined]).toEqual([text, oracle.isForbidden(4, ip)])
    }
  }
  for (const block of oracle.BLOCKS_6) {
    for (const ip of oracle.edges(6, block)) {
      const [text = ''] = oracle.writtenForms(ip)
      expect([text, judge(text) !== undefined]).toEqual([text, oracle.isForbidden(6, ip)])
    }
  }
})

describe('any address', () => {
  it('of IPv4 is forbidden where arithmetic says so, in an answer and in a callback', () => {
    fc.assert(
      fc.property(ipv4, (ip) => {
        const text = oracle.dotted(ip)
        const forbidden = oracle.isForbidden(4, ip)
        expect(judge(text) !== undefined).toBe(forbidden)
        expect(check(text) !== undefined).toBe(forbidden)
      }),
      { numRuns: 2_000 },
    )
  })

  it('of IPv4 in any other form is refused, whatever it means', () => {
    fc.assert(
      fc.property(ipv4, (ip) => {
        // Some forms of small numbers are the plain one.
        const odd = oracle.oddForms(ip).filter((each) => each !== oracle.dotted(ip))
        expect(odd.filter((form) => judge(form) === undefined || check(form) === undefined)).toEqual([])
      }),
      { numRuns: 500 },
    )
  })

  it('of IPv6 is forbidden where arithmetic says so, however it is written', () => {
    fc.assert(
      fc.property(ipv6, (ip) => {
        const forbidden = oracle.isForbidden(6, ip)
        const forms = oracle.writtenForms(ip)
        expect(forms.filter((form) => (judge(form) !== undefined) !== forbidden)).toEqual([])
        if (forbidden) expect(forms.filter((form) => check(`[${form}]`) === undefined)).toEqual([])
        expect(forms.filter((form) => check(`[${form}%25eth0]`) === undefined)).toEqual([])
      }),
      { numRuns: 1_000 },
    )
  })

  it('of IPv4 in disguise is forbidden, though the address itself is public', () => {
    fc.assert(
      fc.property(ipv4, fc.constantFrom(...Object.keys(oracle.DISGUISES)), (ip, name) => {
        const disguised = oracle.DISGUISES[name]?.(ip) ?? 0n
        expect(oracle.writtenForms(disguised).filter((form) => judge(form) === undefined)).toEqual([])
      }),
      { numRuns: 1_000 },
    )
  })
})

it('the allow-list opens its blocks and the mapped form of them, and nothing else', () => {
  const block = fc.tuple(ipv4, fc.integer({ min: 1, max: 32 }))
  fc.assert(
    fc.property(block, ipv4, ([base, bits], ip) => {
      const { allow } = parseAllowList([`${oracle.dotted(base)}/${bits}`])
      const shift = BigInt(32 - bits)
      const isIn = ip >> shift === base >> shift
      const open = (address: string) => judgeAddress(address, address, 'https:', allow) === undefined
      expect(open(oracle.dotted(ip))).toBe(isIn || !oracle.isForbidden(4, ip))
      const opened = Object.entries(oracle.DISGUISES)
        .filter(([, disguise]) => open(oracle.writtenForms(disguise(ip))[0] ?? ''))
        .map(([name]) => name)
      expect(opened).toEqual(isIn ? ['mapped'] : [])
    }),
    { numRuns: 1_000 },
  )
})
