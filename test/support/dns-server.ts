/** A DNS server on 127.0.0.1, UDP and TCP on one port, that says what a test wants and when (RFC 1035). */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, isIPv6, type AddressInfo, type Socket } from 'node:net'

export interface Question {
  /** In lower case. */
  name: string
  type: 'A' | 'AAAA' | 'other'
}

export interface Said {
  /** Addresses of the type that was asked for; others are left out. */
  addresses?: string[]
  /** 0 is no error, 2 the server failed, 3 there is no such name. */
  rcode?: number
  /** Milliseconds; Infinity never answers. */
  afterMs?: number
}

export interface DnsServer {
  /** `127.0.0.1:<port>` */
  address: string
  questions: Question[]
  asked(name: string, type?: Question['type']): number
  close(): Promise<void>
}

/** Bytes of an answer over UDP; a longer one is cut, and asked for again over TCP. */
const MAX_UDP = 1_232

const TYPES: Record<number, Question['type']> = { 1: 'A', 28: 'AAAA' }

export async function startDnsServer(script: (question: Question) => Said): Promise<DnsServer> {
  const questions: Question[] = []
  const open = new Set<Socket>()
  const timers = new Set<NodeJS.Timeout>()

  function answer(query: Buffer, send: (reply: Buffer) => void, most: number): void {
    const question = read(query)
    questions.push(question)
    const { afterMs = 0, ...said } = script(question)
    if (afterMs === Infinity) return
    const timer = setTimeout(() => {
      timers.delete(timer)
      const reply = write(query, question, said)
      // Cut: the header and the question alone, with the bit that says so.
      send(reply.length <= most ? reply : write(query, question, { rcode: 0 }, true))
    }, afterMs)
    timers.add(timer)
  }

  const tcp = createServer((socket) => {
    open.add(socket)
    socket.on('error', () => undefined)
    let received = Buffer.alloc(0)
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk])
      while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
        const end = 2 + received.readUInt16BE(0)
        answer(received.subarray(2, end), (reply) => socket.write(prefixed(reply)), 65_535)
        received = received.subarray(end)
      }
    })
  })
  tcp.listen(0, '127.0.0.1')
  await once(tcp, 'listening')
  const { port } = tcp.address() as AddressInfo
  const udp = createSocket('udp4')
  udp.on('message', (query, { port: to, address }) =>
    answer(query, (reply) => udp.send(reply, to, address), MAX_UDP),
  )
  udp.bind(port, '127.0.0.1')
  await once(udp, 'listening')

  return {
    address: `127.0.0.1:${port}`,
    questions,
    asked: (name, type) =>
      questions.filter((one) => one.name === name && (type === undefined || one.type === type)).length,
    async close() {
      timers.forEach(clearTimeout)
      for (const socket of open) socket.destroy()
      udp.close()
      tcp.close()
      await once(tcp, 'close')
    },
  }
}

function prefixed(reply: Buffer): Buffer {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(reply.length)
  return Buffer.concat([length, reply])
}

/** §4.1.2: labels, each behind its length, up to an empty one; then the type and the class. */
function read(query: Buffer): Question {
  const labels: string[] = []
  let at = 12
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length))
    at += 1 + length
  }
  return { name: labels.join('.').toLowerCase(), type: TYPES[query.readUInt16BE(at + 1)] ?? 'other' }
}

function write(
  query: Buffer,
  { name, type }: Question,
  { addresses = [], rcode = 0 }: Said,
  cut = false,
): Buffer {
  const records = addresses
    .filter((address) => type !== 'other' && isIPv6(address) === (type === 'AAAA'))
    .map((address) => {
      const data = bytesOf(address)
      const record = Buffer.alloc(12)
      // A pointer to the question's name, then type, class IN, no time to live, and the length.
      record.writeUInt16BE(0xc00c, 0)
      record.writeUInt16BE(type === 'A' ? 1 : 28, 2)
      record.writeUInt16BE(1, 4)
      record.writeUInt16BE(data.length, 10)
      return Buffer.concat([record, data])
    })
  const head = Buffer.alloc(12)
  query.copy(head, 0, 0, 2)
  head.writeUInt16BE(0x8180 | (cut ? 0x0200 : 0) | rcode, 2)
  head.writeUInt16BE(1, 4)
  head.writeUInt16BE(records.length, 6)
  const question = query.subarray(12, 12 + name.length + 2 + 4)
  return Buffer.concat([head, question, ...records])
}

function bytesOf(address: string): Buffer {
  if (!isIPv6(address)) return Buffer.from(address.split('.').map(Number))
  const [left = '', right] = new URL(`http://[${address}]/`).hostname.slice(1, -1).split('::')
  const groups = (side: string): string[] => (side === '' ? [] : side.split(':'))
  const [first, last] = [groups(left), groups(right ?? '')]
  const middle = Array.from({ length: 8 - first.length - last.length }, () => '0')
  const hex = [...first, ...middle, ...last].map((group) => group.padStart(4, '0')).join('')
  return Buffer.from(hex, 'hex')
}
