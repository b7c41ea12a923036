/** Baseline: requests by undici and nothing else. `POST /run` with a `LoopOrder` is answered by a `LoopResult`. */
import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { Pool } from 'undici'
import type { LoopOrder, LoopResult } from '../bare-loop.ts'
import { monotonic } from '../clock.ts'
import { type Answer, send } from '../exchange.ts'
import { listen, ready } from './serve.ts'

const pools = new Map<string, Pool>()

function poolOf(origin: string, connections: number): Pool {
  const pool = pools.get(origin) ?? new Pool(origin, { connections, pipelining: 1 })
  pools.set(origin, pool)
  return pool
}

async function run({ urls, ms, connections, post }: LoopOrder): Promise<LoopResult> {
  const targets = urls.map((url) => {
    const { origin, pathname, search } = new URL(url)
    return { pool: poolOf(origin, connections), path: pathname + search }
  })
  const exchangeWith = (target: (typeof targets)[number]): Promise<Answer> =>
    post === undefined
      ? challenge(target.pool, target.path)
      : send(target.pool, { ...post, path: target.path, method: 'POST' })
  let count = 0
  const startedAt = monotonic()
  const work = async (): Promise<void> => {
    while (monotonic() - startedAt < ms) {
      const target = targets[count % targets.length]
      count += 1
      if (target === undefined) throw new Error('no targets')
      const { status } = await exchangeWith(target)
      if (status >= 300) throw new Error(`the receiver answered ${status}`)
    }
  }
  const hands = connections * new Set(targets.map(({ pool }) => pool)).size
  await Promise.all(Array.from({ length: hands }, work))
  return { count, startedAt, endedAt: monotonic() }
}

/** As a verification of intent asks (WebSub §5.3). */
async function challenge(pool: Pool, path: string): Promise<Answer> {
  const token = randomBytes(24).toString('base64url')
  const answer = await send(pool, { method: 'GET', path: path + token })
  if (answer.body !== token) throw new Error('the receiver did not repeat the challenge')
  return answer
}

const control = createServer({ requestTimeout: 0 }, (request, response) => {
  text(request)
    .then((order) => run(JSON.parse(order) as LoopOrder))
    .then(
      (result) => response.end(JSON.stringify(result)),
      (error: unknown) => response.writeHead(500).end(String(error)),
    )
})
ready({ control: await listen(control) })
