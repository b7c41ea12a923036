/**
 * Which addresses a stranger may name, said a second time and in another way: by arithmetic on whole numbers over the
 * IANA registries of special-purpose addresses, without any parser of addresses. Tests hold the guard against it.
 */

interface Block {
  base: bigint
  bits: bigint
}

const size = { 4: 32n, 6: 128n } as const
type Family = keyof typeof size

/** IPv4 as four numbers, IPv6 as eight; the rest of a block is zero. */
const v4 = (bits: number, ...octets: number[]): Block => ({ base: joined(octets, 4, 8n), bits: BigInt(bits) })
const v6 = (bits: number, ...groups: number[]): Block => ({
  base: joined(groups, 8, 16n),
  bits: BigInt(bits),
})

function joined(parts: readonly number[], count: number, width: bigint): bigint {
  let sum = 0n
  for (let n = 0; n < count; n += 1) sum = (sum << width) | BigInt(parts[n] ?? 0)
  return sum
}

/** https://www.iana.org/assignments/iana-ipv4-special-registry, multicast, and what clouds answer on. */
export const BLOCKS_4: readonly Block[] = [
  v4(8, 0),
  v4(8, 10),
  v4(10, 100, 64),
  v4(8, 127),
  v4(16, 169, 254),
  v4(12, 172, 16),
  v4(24, 192, 0, 0),
  v4(24, 192, 0, 2),
  v4(24, 192, 31, 196),
  v4(24, 192, 52, 193),
  v4(24, 192, 88, 99),
  v4(16, 192, 168),
  v4(24, 192, 175, 48),
  v4(15, 198, 18),
  v4(24, 198, 51, 100),
  v4(24, 203, 0, 113),
  v4(4, 224),
  v4(4, 240),
  v4(32, 168, 63, 129, 16),
]

/** https://www.iana.org/assignments/iana-ipv6-special-registry, within the space that is given out at all. */
export const BLOCKS_6: readonly Block[] = [
  v6(23, 0x2001, 0),
  v6(32, 0x2001, 0xdb8),
  v6(16, 0x2002),
  v6(48, 0x2620, 0x4f, 0x8000),
  v6(20, 0x3fff),
]

/** Ways to write an IPv4 address as another one: each would reach it, somewhere. */
export const DISGUISES: Record<string, (ip: bigint) => bigint> = {
  compatible: (ip) => ip,
  mapped: (ip) => (0xffffn << 32n) | ip,
  translated: (ip) => (0xffffn << 48n) | ip,
  NAT64: (ip) => (0x64ff9bn << 96n) | ip,
  'local NAT64': (ip) => (0x64ff9b0001n << 80n) | ip,
  '6to4': (ip) => (0x2002n << 112n) | (ip << 80n) | 1n,
  Teredo: (ip) => (0x20010000n << 96n) | (0x8000n << 48n) | (ip ^ 0xffffffffn),
  ISATAP: (ip) => (0x2606470000000000n << 64n) | (0x5efen << 32n) | ip,
  'global ISATAP': (ip) => (0x2a00145040010000n << 64n) | (0x2005efen << 32n) | ip,
}

export function isForbidden(family: Family, address: bigint): boolean {
  const lies = ({ base, bits }: Block): boolean => {
    const shift = size[family] - bits
    return address >> shift === base >> shift
  }
  if (family === 4) return BLOCKS_4.some(lies)
  const isGlobalUnicast = address >> 125n === 1n
  // The universal/local bit aside (RFC 5214 §6.1).
  const isIsatap = ((address >> 32n) & 0xfdffffffn) === 0x5efen
  return !isGlobalUnicast || isIsatap || BLOCKS_6.some(lies)
}

/** The first and the last address of a block, and those beside them. */
export function edges(family: Family, { base, bits }: Block): bigint[] {
  const last = base + (1n << (size[family] - bits)) - 1n
  const most = (1n << size[family]) - 1n
  return [base - 1n, base, base + 1n, last - 1n, last, last + 1n].filter((each) => each >= 0n && each <= most)
}

const octetsOf = (ip: bigint): bigint[] => [24n, 16n, 8n, 0n].map((shift) => (ip >> shift) & 255n)

export const dotted = (ip: bigint): string => octetsOf(ip).join('.')

/** As browsers and C libraries read IPv4 too: short, in hex, in octal, as one number. */
export function oddForms(ip: bigint): string[] {
  const [a = 0n, b = 0n, c = 0n, d = 0n] = octetsOf(ip)
  const hex = (n: bigint): string => `0x${n.toString(16)}`
  const octal = (n: bigint): string => `0${n.toString(8)}`
  return [
    String(ip),
    hex(ip),
    octal(ip),
    `${a}.${(b << 16n) | (c << 8n) | d}`,
    `${a}.${b}.${(c << 8n) | d}`,
    [a, b, c, d].map(hex).join('.'),
    [a, b, c, d].map((n) => `0${octal(n)}`).join('.'),
    `${dotted(ip)}.`,
    Array.from(dotted(ip))
      .map((char) => (char === '.' ? '。' : String.fromCharCode(char.charCodeAt(0) + 0xfee0)))
      .join(''),
    Array.from(dotted(ip))
      .map((char) => `%${char.charCodeAt(0).toString(16)}`)
      .join(''),
  ]
}

const groupsOf = (ip: bigint): string[] =>
  Array.from({ length: 8 }, (_, n) => ((ip >> BigInt(112 - 16 * n)) & 0xffffn).toString(16))

/** All the ways in which RFC 4291 §2.2 lets an IPv6 address be written. */
export function writtenForms(ip: bigint): string[] {
  const groups = groupsOf(ip)
  const padded = groups.map((group) => group.padStart(4, '0'))
  const tail = dotted(ip & 0xffffffffn)
  const forms = [groups.join(':'), padded.join(':').toUpperCase(), [...groups.slice(0, 6), tail].join(':')]
  for (let from = 0; from < 8; from += 1) {
    for (let to = from + 1; to <= 8 && groups.slice(from, to).every((group) => group === '0'); to += 1) {
      forms.push(`${groups.slice(0, from).join(':')}::${groups.slice(to).join(':')}`)
    }
  }
  return forms
}
