/** The small hub's requests: targets as they are written, answers read as far as they are wanted. */
import { type IncomingHttpHeaders, request } from 'node:http'
import type { HubState } from './hub-state.ts'

export interface Sent {
  status: number
  headers: IncomingHttpHeaders
  body: Buffer
  /** There was more than was wanted. */
  tooLong: boolean
}

interface Sending {
  method: string
  url: string
  headers?: Record<string, string | string[]>
  body?: Buffer
  /** Bytes of the answer that are wanted. */
  wanted: number
}

/** @returns undefined when there was no answer */
export function send(state: HubState, sending: Sending): Promise<Sent | undefined> {
  const { method, url, headers = {}, body, wanted } = sending
  const [, authority = '', rest = ''] = /^http:\/\/([^/?#]*)([^#]*)/.exec(url) ?? []
  const { hostname, port } = URL.parse(`http://${authority}`) ?? { hostname: '', port: '' }
  if (hostname === '') return Promise.resolve(undefined)
  return new Promise((resolve) => {
    const outgoing = request(
      {
        method,
        host: hostname,
        port,
        path: rest.startsWith('/') ? rest : `/${rest}`,
        agent: false,
        timeout: 10_000,
        headers: {
          ...(!state.has('nameless') && { 'User-Agent': 'small-hub' }),
          ...headers,
          ...(body !== undefined && { 'Content-Length': body.length }),
        },
      },
      (answer) => {
        const chunks: Buffer[] = []
        let length = 0
        const done = (tooLong: boolean) => {
          const { statusCode: status = 0, headers: given } = answer
          resolve({ status, headers: given, body: Buffer.concat(chunks).subarray(0, wanted), tooLong })
        }
        answer.on('data', (chunk: Buffer) => {
          if (length <= wanted) chunks.push(chunk)
          length += chunk.length
          if (length <= wanted || state.has('reads-everything')) return
          done(true)
          answer.destroy()
        })
        answer.on('end', () => done(length > wanted))
        answer.on('error', () => resolve(undefined))
      },
    )
    outgoing.on('timeout', () => outgoing.destroy(new Error('timeout')))
    outgoing.on('error', () => resolve(undefined))
    outgoing.end(body)
  })
}
