/**
 * The subscribers, of hub and baseline alike: repeats challenges, takes what is posted, and counts. What a path
 * begins with says how it answers a POST: `/slow/<ms>/` later, `/silent/` never, any other at once.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { monotonic } from '../clock.ts'
import type { Arrival, Counts } from '../receiver.ts'
import { listen, ready } from './serve.ts'

const counts: Counts = { posts: 0, gets: 0, lastAt: 0 }
let recording = false
let arrivals: Arrival[] = []
let waiting: { posts: number; gets: number; tell: () => void }[] = []

function count(kind: 'posts' | 'gets'): void {
  counts[kind] += 1
  counts.lastAt = monotonic()
  const reached = waiting.filter(({ posts, gets }) => counts.posts >= posts && counts.gets >= gets)
  if (reached.length === 0) return
  waiting = waiting.filter((one) => !reached.includes(one))
  for (const { tell } of reached) tell()
}

function receive(request: IncomingMessage, response: ServerResponse): void {
  const { url = '/', method } = request
  // Challenges of the hub are plain text that needs no decoding.
  if (method === 'GET') {
    response.writeHead(200, { 'Content-Type': 'text/plain' }).end(/hub\.challenge=([^&]*)/.exec(url)?.[1])
    count('gets')
    return
  }
  const at = monotonic()
  let body = ''
  request.setEncoding('latin1')
  request.on('data', (chunk: string) => (body += chunk))
  request.on('end', () => {
    if (recording) arrivals.push({ at, url, body, headers: request.rawHeaders })
    answer(url, response)
    count('posts')
  })
}

function answer(url: string, response: ServerResponse): void {
  if (url.startsWith('/silent/')) return
  const slowMs = /^\/slow\/(\d+)\//.exec(url)?.[1]
  const take = () => void response.writeHead(204).end()
  if (slowMs === undefined) take()
  else setTimeout(take, Number(slowMs))
}

function command(request: IncomingMessage, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://control')
  const number = (name: string) => Number(searchParams.get(name) ?? 0)
  const tell = (value: object) => void response.end(JSON.stringify(value))
  if (pathname === '/wait') {
    const wanted = { posts: number('posts'), gets: number('gets') }
    if (counts.posts >= wanted.posts && counts.gets >= wanted.gets) tell(counts)
    else waiting.push({ ...wanted, tell: () => tell(counts) })
    return
  }
  if (pathname === '/reset') {
    recording = number('record') === 1
    arrivals = []
    Object.assign(counts, { posts: 0, gets: 0, lastAt: 0 })
  }
  if (pathname === '/close-second') {
    second.close()
    second.closeAllConnections()
  }
  tell(pathname === '/arrivals' ? arrivals : counts)
}

const options = { keepAliveTimeout: 60_000 }
const data = createServer(options, receive)
const second = createServer(options, receive)
const control = createServer({ ...options, requestTimeout: 0 }, command)
ready({
  port: await listen(data, '0.0.0.0'),
  second: await listen(second, '0.0.0.0'),
  control: await listen(control),
})
