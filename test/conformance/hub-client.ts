/** Requests to the hub, written as they are told: nothing is added to a form, nothing followed. */
import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { Failure } from './check.ts'
import type { Options } from './options.ts'
import { until } from './patience.ts'
import { header } from './site/server.ts'

/** Whatever the patience for what follows: milliseconds that any answer may take. */
const ANSWER_WITHIN = 15_000

export interface Answer {
  status: number
  headers: [name: string, value: string][]
  body: string
  /** Milliseconds since 1970, when the status came. */
  at: number
  /** Milliseconds that it took. */
  took: number
}

export type Form = [name: string, value: string][]

export interface HubRequest {
  method?: string
  /** Instead of the hub's own URL. */
  url?: string
  /** Without the headers that every request has. */
  bare?: true
  headers?: Record<string, string>
  /** Appended to the query of the hub's URL. */
  query?: string
  body?: string | Buffer
}

export interface HubClient {
  readonly url: string
  /** @throws Failure when no answer comes in time */
  send(request: HubRequest): Promise<Answer>
  /** A form, encoded once. */
  post(form: Form, request?: HubRequest): Promise<Answer>
}

export const encode = (form: Form): string => new URLSearchParams(form).toString()

/** A sentence about an answer: the status and the beginning of what it says. */
export function told({ status, body }: Answer): string {
  const text = body.replace(/\s+/g, ' ').trim().slice(0, 120)
  const seen = text === '' ? `${status}` : `${status} (${text})`
  return status === 401 ? `${seen}; --header gives the suite a token` : seen
}

export const isRefused = ({ status }: Answer): boolean => status >= 400 && status < 500

export function createHubClient(options: Options): HubClient {
  const send: HubClient['send'] = async ({ method = 'POST', url, bare, headers = {}, query = '', body }) => {
    const address = url ?? options.hubUrl
    const asked = Date.now()
    const { protocol, hostname, port, pathname, search } = new URL(address)
    const joined = query === '' ? search : search === '' ? `?${query}` : `${search}&${query}`
    const all = bare === true ? [] : options.headers
    const within = Math.max(options.patience, ANSWER_WITHIN)
    const given = new AbortController()
    let over = false
    void until(() => over, within).then((ended) => ended || given.abort())
    return new Promise<Answer>((resolve, reject) => {
      const broken = (error: Error) => {
        const why = given.signal.aborted ? `none within ${within / 1000} s` : error.message
        reject(new Failure(`${method} ${address} got no answer: ${why}`))
      }
      const outgoing = (protocol === 'https:' ? requestHttps : requestHttp)(
        {
          host: hostname.replace(/^\[|\]$/g, ''),
          port,
          path: pathname + joined,
          method,
          agent: false,
          headers: {
            ...Object.fromEntries(all),
            ...headers,
            ...(method !== 'GET' && method !== 'HEAD' && { 'Content-Length': Buffer.byteLength(body ?? '') }),
          },
          signal: given.signal,
        },
        (incoming) => {
          const at = Date.now()
          const chunks: Buffer[] = []
          incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
          incoming.on('error', broken)
          incoming.on('end', () => {
            const raw = incoming.rawHeaders
            const pairs = raw.flatMap((name, i): [string, string][] =>
              i % 2 === 0 ? [[name, raw[i + 1] ?? '']] : [],
            )
            const text = Buffer.concat(chunks).toString()
            resolve({ status: incoming.statusCode ?? 0, headers: pairs, body: text, at, took: at - asked })
          })
        },
      )
      outgoing.on('error', broken)
      outgoing.end(body)
    }).finally(() => (over = true))
  }
  return {
    url: options.hubUrl,
    send,
    post: (form, request = {}) =>
      send({
        ...request,
        headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...request.headers },
        body: encode(form),
      }),
  }
}

/** The links of an answer or a delivery (RFC 8288), by relation. */
export function linksOf(message: { headers: [string, string][] }, rel: string): string[] {
  return header(message, 'Link')
    .flatMap((value) => [
      ...value.matchAll(/<([^>]*)>((?:\s*;\s*[^\s=;,]+(?:\s*=\s*(?:"[^"]*"|[^\s",;]+))?)*)/g),
    ])
    .filter(([, , parameters = '']) => {
      const [, quoted, bare] = /;\s*rel\s*=\s*(?:"([^"]*)"|([^\s";,]+))/i.exec(parameters) ?? []
      return (quoted ?? bare ?? '').toLowerCase().split(/\s+/).includes(rel)
    })
    .map(([, target = '']) => target)
}
