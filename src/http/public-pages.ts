/** What anyone may read: what this is, its keys, its catalogue. */
import type { Middleware } from 'koa'
import { createHash } from 'node:crypto'
import { Refusal } from '../core/errors.ts'
import { JWKS_MAX_AGE } from '../core/key-life.ts'
import type { Catalogue } from '../core/ports.ts'

/** For people who open the hub's address in a browser. */
export function hubPage(url: string): Middleware {
  const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Signet hub</title>
<h1>Signet hub</h1>
<p>A WebSub hub for identity events: logins, sessions, accounts and credentials, as signed Security Event Tokens.</p>
<ul>
  <li>Topics: <code>${url}/topics/{tenant}/{category}/{event}</code>, the last two parts optional
  <li><a href="${url}/events">The catalogue of events</a>
  <li><a href="${url}/.well-known/jwks.json">The keys that verify the tokens</a>
</ul>
<p>To subscribe, <code>POST</code> a form with <code>hub.mode=subscribe</code>, <code>hub.topic</code> and
<code>hub.callback</code> to this address, with your subscriber token.</p>
</html>
`
  return (ctx) => {
    ctx.type = 'html'
    ctx.body = page
  }
}

/** `/.well-known/jwks.json` (RFC 7517 §5). */
export function keysPage(publicKeys: () => object): Middleware {
  return (ctx) => {
    const body = JSON.stringify(publicKeys())
    ctx.set('Cache-Control', `public, max-age=${JWKS_MAX_AGE}`)
    ctx.etag = createHash('sha256').update(body).digest('hex').slice(0, 32)
    ctx.body = body
    ctx.type = 'application/jwk-set+json'
    if (ctx.fresh) ctx.status = 304
  }
}

/** `/events`: every event, with the address of its schema. */
export function cataloguePage(url: string, catalogue: Catalogue): Middleware {
  const events = catalogue.events.map(({ alsoRoutedHere, claims: _inSchema, ...event }) => ({
    ...event,
    also_routed_here: alsoRoutedHere,
    schema: schemaUrl(url, event.category, event.name),
  }))
  return (ctx) => {
    ctx.body = { events }
  }
}

/** `/events/{category}/{event}`: the JSON Schema of the event's claims. */
export function schemaPage(url: string, catalogue: Catalogue): Middleware {
  return (ctx) => {
    const { category, event: name } = ctx.params as { category: string; event: string }
    const event = catalogue.find(category, name)
    if (event === undefined)
      throw new Refusal('unknown', 'The catalogue has no such event; GET /events lists them all.')
    const { $schema, ...schema } = catalogue.schema(event)
    ctx.body = JSON.stringify({ $schema, $id: schemaUrl(url, category, name), ...schema })
    ctx.type = 'application/schema+json'
  }
}

const schemaUrl = (url: string, category: string, name: string): string => `${url}/events/${category}/${name}`
