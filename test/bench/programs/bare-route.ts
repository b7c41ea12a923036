/** Baseline: a koa route that reads the body and says 202. */
import { createServer } from 'node:http'
import Koa from 'koa'
import rawBody from 'raw-body'
import { listen, ready } from './serve.ts'

const app = new Koa()
app.use(async (ctx) => {
  await rawBody(ctx.req, { length: ctx.req.headers['content-length'] ?? null, limit: 262_144 })
  ctx.status = 202
  ctx.body = ''
})
const handle = app.callback()
ready({ port: await listen(createServer((request, response) => void handle(request, response))) })
