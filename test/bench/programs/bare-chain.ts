/** Baseline: a koa route → one commit that is on the disk → one POST. Arguments: the file, the URL, the headers as JSON, the length. */
import { createServer } from 'node:http'
import Sqlite from 'better-sqlite3'
import Koa from 'koa'
import rawBody from 'raw-body'
import { Pool } from 'undici'
import { expect } from '../exchange.ts'
import { listen, ready } from './serve.ts'

const [file = '', url = '', headersText = '{}', length = '0'] = process.argv.slice(2)
const { origin, pathname } = new URL(url)
const headers = JSON.parse(headersText) as Record<string, string>

const database = new Sqlite(file)
database.pragma('journal_mode = WAL')
database.pragma('synchronous = FULL')
database.exec('create table events (num integer primary key, body text not null)')
const insert = database.prepare('insert into events (body) values (?)')

const pool = new Pool(origin, { connections: 64, pipelining: 1 })
const app = new Koa()
app.use(async (ctx) => {
  const body = (await rawBody(ctx.req, { limit: 262_144 })).toString()
  insert.run(body)
  ctx.status = 202
  ctx.body = ''
  // As many bytes as the hub sends; blanks behind JSON mean nothing.
  expect(pool, 204, { method: 'POST', path: pathname, headers, body: body.padEnd(Number(length)) }).catch(
    (error: unknown) => process.stderr.write(`bare-chain: ${String(error)}\n`),
  )
})
const handle = app.callback()
ready({ port: await listen(createServer((request, response) => void handle(request, response))) })
