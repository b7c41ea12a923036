/** Subscribers' answers that are made to break a hub, and what each must come to. */
import type { Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { drip, pour } from '../outbound/raw-server.ts'

export interface HostileAnswer {
  name: string
  play(socket: Socket): void
  /** The first attempt's. */
  outcome: string | RegExp
  status?: number
  /** Seconds until the next attempt, at least and at most; unless given, what the retry schedule says. */
  wait?: [number, number]
  /** What is kept of what was said. */
  said?: string
}

const OK = 'HTTP/1.1 200 OK\r\n'
const FAILED = 'HTTP/1.1 500 No\r\n'
const CHUNKED = 'Transfer-Encoding: chunked\r\n\r\n'

const bytes = (text: string | Buffer) => (socket: Socket) => void socket.write(text)
const chunk = (body: string): string => `${body.length.toString(16)}\r\n${body}\r\n`
const said = (body: string | Buffer): Buffer =>
  Buffer.concat([Buffer.from(`${FAILED}Content-Length: ${body.length}\r\n\r\n`), Buffer.from(body)])

const TIMEOUT = /^(timeout|protocol)$/
const BROKEN = /^(protocol|connect)$/

const NEVER: HostileAnswer[] = [
  { name: 'none at all', play: () => undefined, outcome: 'timeout' },
  {
    name: 'a byte at a time in the headers',
    play: (socket) => drip(socket, 'x', `${OK}X-Slow: `),
    outcome: TIMEOUT,
  },
  {
    name: 'a byte at a time in the body of a refusal',
    play: (socket) => drip(socket, 'x', `${FAILED}Content-Length: 999\r\n\r\n`),
    outcome: 'timeout',
  },
  {
    name: 'less than it promised',
    play: bytes(`${FAILED}Content-Length: 10\r\n\r\nshort`),
    outcome: 'timeout',
  },
]

const ENDLESS: HostileAnswer[] = [
  {
    name: 'endless chunks of a refusal',
    play(socket) {
      socket.write(FAILED + CHUNKED)
      pour(socket, () => chunk('x'.repeat(10_000)))
    },
    ...{ outcome: 'refused', status: 500, said: 'x'.repeat(1_024) },
  },
  {
    name: 'endless chunks of a success',
    play(socket) {
      socket.write(OK + CHUNKED)
      pour(socket, () => chunk('x'.repeat(10_000)))
    },
    ...{ outcome: 'delivered', status: 200 },
  },
  {
    name: 'a flood of interim answers',
    play: (socket) => pour(socket, () => 'HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n'),
    outcome: 'protocol',
  },
  {
    name: 'a megabyte of one header',
    play: bytes(`${OK}X-A: ${'a'.repeat(1_000_000)}\r\n\r\n`),
    outcome: BROKEN,
  },
  {
    name: 'a megabyte of headers',
    play: bytes(`${OK}${'X-A: aaaaaaaa\r\n'.repeat(70_000)}\r\n`),
    outcome: BROKEN,
  },
]

const bomb = gzipSync(Buffer.alloc(50_000_000))
const BOMBS: HostileAnswer[] = [OK, FAILED].map((line) => ({
  name: `a gzip bomb behind ${line.slice(9, 12)}`,
  play: bytes(
    Buffer.concat([
      Buffer.from(`${line}Content-Encoding: gzip\r\nContent-Length: ${bomb.length}\r\n\r\n`),
      bomb,
    ]),
  ),
  outcome: line === OK ? 'delivered' : 'refused',
  status: Number(line.slice(9, 12)),
}))

const NO_HTTP: HostileAnswer[] = (
  [
    [
      'an unasked 101',
      'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n',
    ],
    ['status 99', 'HTTP/1.1 99 Low\r\n\r\n'],
    ['both lengths', `${OK}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['two lengths', `${OK}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd`],
    ['a length below nothing', `${OK}Content-Length: -1\r\n\r\n`],
    ['a NUL in a header', `${OK}X-A: a\u0000b\r\nContent-Length: 0\r\n\r\n`],
    ['another protocol', 'SSH-2.0-OpenSSH_9.9\r\n'],
  ] as const
).map(([name, text]) => ({ name, play: bytes(text), outcome: /^(protocol|connect|timeout)$/ }))

const ODD: HostileAnswer[] = [600, 999].map((status) => ({
  name: `status ${status}`,
  play: bytes(`HTTP/1.1 ${status} Odd\r\nContent-Length: 0\r\n\r\n`),
  ...{ outcome: 'refused', status },
}))

const DAY = 86_400

const RETRY_AFTER: HostileAnswer[] = (
  [
    ['-1'],
    // The subscription has to wait for a second, this delivery for the schedule.
    ['0'],
    ['1e309'],
    ['NaN'],
    ['Fri, 31 Dec 9999 23:59:59 GMT', [DAY - 60, DAY]],
    ['Sun, 06 Nov 1994 08:49:37 GMT'],
    ['5\r\nRetry-After: 7'],
    ['9'.repeat(400)],
  ] as [string, [number, number]?][]
).map(([value, wait]) => ({
  name: `Retry-After: ${value.slice(0, 40)}`,
  play: bytes(`HTTP/1.1 503 Busy\r\nRetry-After: ${value}\r\nContent-Length: 0\r\n\r\n`),
  ...{ outcome: 'refused', status: 503 },
  ...(wait !== undefined && { wait }),
}))

const STORED: HostileAnswer[] = [
  { name: 'NUL in what is kept', play: bytes(said('a\u0000\u001b[2Jb')), outcome: 'refused', said: 'a [2Jb' },
  {
    name: 'no UTF-8 in what is kept',
    play: bytes(said(Buffer.from([0x61, 0xff, 0xfe, 0xc3, 0x62]))),
    ...{ outcome: 'refused', said: 'a\ufffd\ufffd\ufffdb' },
  },
]

export const answers = [...NEVER, ...ENDLESS, ...BOMBS, ...NO_HTTP, ...ODD, ...RETRY_AFTER, ...STORED]
