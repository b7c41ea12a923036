/** The hub's HTTP face: a table of contents. */
import Router from '@koa/router'
import Koa from 'koa'
import type { TrustedProxies } from '../core/client-address.ts'
import type { Catalogue, Clock, Observer } from '../core/ports.ts'
import { adminRouter } from './admin/index.ts'
import type { AdminParts } from './admin/parts.ts'
import { knowClient } from './client.ts'
import { alive, ready } from './health.ts'
import { hubEndpoint, type HubEndpointParts } from './hub-endpoint.ts'
import { intake, type IntakeParts } from './intake.ts'
import { metricsPage } from './metrics-page.ts'
import { noRoute } from './no-route.ts'
import { requireOnce } from './once.ts'
import { cataloguePage, hubPage, keysPage, schemaPage } from './public-pages.ts'
import { asItsDoor, refusals } from './refusals.ts'
import { safeAnswers } from './safe-answers.ts'
import { topicPage, type TopicPageParts } from './topic-page.ts'

interface AppParts {
  /** The hub's public base URL. */
  url: string
  catalogue: Catalogue
  clock: Clock
  hub: HubEndpointParts
  topics: TopicPageParts
  intake: IntakeParts
  admin: AdminParts
  publicKeys: () => object
  trustedProxies: TrustedProxies
  checkWritable: (now: number) => Promise<void>
  metrics: Parameters<typeof metricsPage>[0]
  observer: Observer
}

export function createApp(parts: AppParts): Koa {
  const { url, catalogue, clock } = parts
  const router = new Router()
  router.post('/hub', hubEndpoint(parts.hub))
  router.get('/hub', hubPage(url))

  const topics = topicPage(parts.topics)
  router.get('/topics/:tenant', topics)
  router.get('/topics/:tenant/:category', topics)
  router.get('/topics/:tenant/:category/:event', topics)

  router.post('/in/:source', intake(parts.intake))

  router.get('/.well-known/jwks.json', keysPage(parts.publicKeys))
  router.get('/events', cataloguePage(url, catalogue))
  router.get('/events/:category/:event', schemaPage(url, catalogue))

  router.get('/healthz', alive)
  router.get('/readyz', ready(parts.checkWritable, clock))
  router.get('/metrics', metricsPage(parts.metrics))

  const admin = adminRouter(parts.admin)
  const app = new Koa()
  // Whatever a request meets is an answer by then: what is left is a sender that went away, which Koa would print.
  app.silent = true
  app.use(safeAnswers)
  app.use(knowClient(parts.trustedProxies))
  app.use(noRoute)
  app.use(refusals(asItsDoor, parts.observer))
  app.use(requireOnce)
  app.use(router.routes())
  app.use(admin.routes())
  return app
}
