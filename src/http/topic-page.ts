/** `GET /topics/…`: discovery (WebSub §4), and the topic's latest SET for those who may read it. */
import type { Middleware } from 'koa'
import type { TopicPages } from '../core/store-ports.ts'
import { admit, type AdmitParts } from '../flow/admit.ts'
import { type SignAgainParts, upToDate } from '../flow/sign-again.ts'
import { bearerToken } from './bearer.ts'

export interface TopicPageParts {
  admit: AdmitParts
  pages: TopicPages
  hubUrl: string
  signAgain: SignAgainParts
}

export function topicPage({ admit: parts, pages, hubUrl, signAgain }: TopicPageParts): Middleware {
  return async (ctx) => {
    const topic = `${parts.url}${ctx.path}`
    // Before anything else, refusals included: discovery works before authorisation.
    ctx.set('Link', `<${hubUrl}>; rel="hub", <${new URL(topic).href}>; rel="self"`)
    ctx.set('Cache-Control', 'no-store')
    const token = bearerToken(ctx)
    await admit(parts, topic, token === undefined ? {} : { token })
    const latest = await pages.latest(topic)
    if (latest === undefined) {
      ctx.status = 204
      return
    }
    ctx.set('Content-Type', latest.contentType)
    ctx.body = await upToDate(signAgain, latest.body)
  }
}
