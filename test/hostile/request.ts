/** A generated request, what the world is like that it is sent into, and its bytes. */
import type { PublisherKey } from '../support/publisher.ts'

export type Header = [name: string, value: string]

export interface Request {
  method: string
  target: string
  headers: Header[]
  body: Buffer
}

/** What the generated requests are about. */
export interface World {
  hub: string
  token: string
  /** A server on 127.0.0.1 that agrees to everything. */
  callback: string
  key: PublisherKey
  jwksUrl: string
}

export const JSON_TYPE: Header = ['Content-Type', 'application/json']

export const bearer = (token: string): Header => ['Authorization', `Bearer ${token}`]

/** As a part of a URL or a form. */
export const encode = (value: string): string => encodeURIComponent(value.toWellFormed())

/** A request line cannot hold these; the raw ones have tests of their own. */
export const targetSafe = (target: string): string => target.replace(/[^!-~]/g, (char) => encode(char))

/** The request on the wire, as HTTP/1.1 has it. */
export function bytesOf({ method, target, headers, body }: Request): Buffer {
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  const head = `${method} ${target} HTTP/1.1\r\nHost: hub\r\nConnection: close\r\nContent-Length: ${body.length}\r\n${lines}\r\n`
  return Buffer.concat([Buffer.from(head, 'latin1'), body])
}
