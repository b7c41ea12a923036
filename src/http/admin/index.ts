/** The admin API: a table of contents. What it takes and gives is described in `schema/openapi.json`. */
import Router from '@koa/router'
import { asProblem, refusals } from '../refusals.ts'
import { makeAdmin } from './admins.ts'
import { listAudit } from './audit-list.ts'
import { audited, door } from './audited.ts'
import { requireAdmin } from './authenticate.ts'
import { readBody } from './body.ts'
import { eraseSubject } from './erase.ts'
import { listKeys, revokeKey, rotateKeys } from './keys.ts'
import { knowOperation } from './operation.ts'
import type { AdminParts } from './parts.ts'
import { readable, removable } from './resource.ts'
import { retryDelivery } from './retry.ts'
import { changeSource } from './source-change.ts'
import { rotateSource } from './source-rotation.ts'
import { makeSource } from './sources.ts'
import { changeSubscriber, makeSubscriber, rotateSubscriber } from './subscribers.ts'
import { changeSubscription, replaySubscription } from './subscriptions.ts'
import { changeTenant, makeTenant } from './tenants.ts'
import { sendTest } from './test-delivery.ts'
import { sourceView, subscriberView, tenantView, view, webhookView } from './views.ts'
import { changeWebhookFrom, makeWebhookFrom } from './webhooks.ts'

export function adminRouter(parts: AdminParts): Router {
  const { registry, url } = parts
  const router = new Router({ prefix: '/admin/v1' })
  router.use(refusals(asProblem, parts.observer))
  router.use(knowOperation(parts.api))
  router.use(door(parts, requireAdmin(parts)))
  router.use(audited(parts))
  router.use(readBody(parts.maxBody))

  router.get('/openapi.json', (ctx) => {
    ctx.body = parts.api.document
  })

  router.post('/tenants', makeTenant(parts))
  readable(router, '/tenants', registry.tenants, tenantView(url))
  router.patch('/tenants/:id', changeTenant(parts))
  removable(router, '/tenants', registry.tenants, parts)

  router.post('/sources', makeSource(parts))
  router.patch('/sources/:id', changeSource(parts))
  router.post('/sources/:id/rotate', rotateSource(parts))
  readable(router, '/sources', registry.sources, sourceView(url))
  removable(router, '/sources', registry.sources, parts)

  router.post('/subscribers', makeSubscriber(parts))
  readable(router, '/subscribers', registry.subscribers, subscriberView)
  router.patch('/subscribers/:id', changeSubscriber(parts))
  router.post('/subscribers/:id/rotate', rotateSubscriber(parts))
  removable(router, '/subscribers', registry.subscribers, parts)

  router.post('/webhooks', makeWebhookFrom(parts))
  readable(router, '/webhooks', registry.webhooks, webhookView(parts.url))
  router.patch('/webhooks/:id', changeWebhookFrom(parts))
  removable(router, '/webhooks', registry.webhooks, parts)
  router.post(
    '/webhooks/:id/test',
    sendTest(parts, (webhook) => ({ webhook })),
  )

  readable(router, '/subscriptions', registry.subscriptions, view)
  router.patch('/subscriptions/:id', changeSubscription(parts))
  removable(router, '/subscriptions', registry.subscriptions, parts)

  router.post(
    '/subscriptions/:id/test',
    sendTest(parts, (subscription) => ({ subscription })),
  )

  router.post('/subscriptions/:id/replay', replaySubscription(parts))

  router.post('/admins', makeAdmin(parts))
  readable(router, '/admins', parts.admins, view)
  removable(router, '/admins', parts.admins, parts)
  router.get('/audit', listAudit(parts))

  router.post('/subjects/erase', eraseSubject(parts))

  router.get('/keys', listKeys(parts))
  router.post('/keys/rotate', rotateKeys(parts))
  router.post('/keys/:kid/revoke', revokeKey(parts))

  readable(router, '/events', registry.events, view)
  readable(router, '/deliveries', registry.deliveries, view)
  router.post('/deliveries/:id/retry', retryDelivery(parts))
  return router
}
