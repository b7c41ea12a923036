/** A subscriber: answers verifications and deliveries as its script says, and remembers all that came. */
import { createHmac } from 'node:crypto'
import { header, type Handler, type Received, type Site } from './server.ts'

export interface CallbackScript {
  /** Answers a question about an intent; repeats the challenge unless given. */
  verify?: Handler
  /** Answers a delivery; 204 unless given. */
  deliver?: Handler
}

export interface Callback extends CallbackScript {
  url: string
  /** The request target that the URL means. */
  target: string
  readonly requests: readonly Received[]
  /** GETs with a challenge, of one mode or of any. */
  verifications(mode?: 'subscribe' | 'unsubscribe'): Received[]
  /** GETs that say `hub.mode=denied`. */
  denials(): Received[]
  deliveries(): Received[]
  /** The deliveries of this content. */
  of(content: string | Buffer): Received[]
}

/** @param place where the site serves it; @param rest what follows in the URL: a query of its own */
export function addCallback(site: Site, place: string, rest: string, script: CallbackScript): Callback {
  const requests: Received[] = []
  const asked = (request: Received, name: string) => parameters(request, name).at(-1)
  const written = place === '/' ? rest : place + rest
  const callback: Callback = {
    ...script,
    url: site.origin + written,
    target: written.startsWith('/') ? written : `/${written}`,
    requests,
    verifications: (mode) =>
      requests.filter(
        (request) =>
          request.method === 'GET' &&
          asked(request, 'hub.challenge') !== undefined &&
          (mode === undefined || asked(request, 'hub.mode') === mode),
      ),
    denials: () =>
      requests.filter((request) => request.method === 'GET' && asked(request, 'hub.mode') === 'denied'),
    deliveries: () => requests.filter(({ method }) => method === 'POST'),
    of: (content) => callback.deliveries().filter(({ body }) => body.equals(Buffer.from(content))),
  }
  // At the root the first parameter tells callbacks apart.
  const key = place === '/' && rest !== '' ? `/${rest.split('&', 1)[0] ?? ''}` : place
  site.serve(key, (request) => {
    requests.push(request)
    if (request.method === 'POST') return callback.deliver?.(request) ?? { status: 204 }
    if (asked(request, 'hub.challenge') === undefined) return { status: 204 }
    return callback.verify?.(request) ?? echo(request)
  })
  return callback
}

/** Looked at again and again while something is waited for. */
const parsed = new WeakMap<Received, URLSearchParams>()

/** The values of a query parameter, decoded, in order. */
export function parameters(request: Received, name: string): string[] {
  const known = parsed.get(request) ?? new URLSearchParams(request.target.split(/\?(.*)/s)[1] ?? '')
  parsed.set(request, known)
  return known.getAll(name)
}

/** The last one: a callback may have a `hub.challenge` of its own. */
export const challengeOf = (request: Received): string => parameters(request, 'hub.challenge').at(-1) ?? ''

/** What confirms (WebSub §5.3): 2xx and the challenge, nothing else. */
export const echo = (request: Received) => ({
  status: 200,
  headers: { 'Content-Type': 'text/plain' },
  body: challengeOf(request),
})

/** Answers a delivery so, whatever it is. */
export const answering =
  (status: number, body = ''): Handler =>
  () => ({ status, ...(body !== '' && { body }) })

/** Whether the one `X-Hub-Signature` is right over the body that came (WebSub §7.1). */
export function isSigned(delivery: Received, secret: string): boolean {
  const [signature = '', ...more] = header(delivery, 'X-Hub-Signature')
  const [, method = ''] = /^(sha1|sha256|sha384|sha512)=[0-9a-f]+$/i.exec(signature) ?? []
  if (method === '' || more.length > 0) return false
  const right = createHmac(method.toLowerCase(), secret).update(delivery.body).digest('hex')
  return signature.toLowerCase() === `${method.toLowerCase()}=${right}`
}
