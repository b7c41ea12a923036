/**
 * What comes back for one request. The other side may be hostile: it may send nothing, too much, too slowly or
 * nonsense, and each of these ends in one value.
 */
import type { IncomingHttpHeaders } from 'node:http'
import type { Dispatcher } from 'undici'
import { type Exchange, isSuccess } from '../core/exchange.ts'
import type { OutboundRequest } from '../core/ports.ts'
import { OutboundError, toFault } from './fault.ts'

/** Bytes beyond the cap that are thrown away to keep the connection; a longer body loses it. */
const MAX_DRAINED = 16_384

/** For the rest of an answer that nobody waits for any more: a connection that is not free by then is not kept. */
const DRAINED_WITHIN_MS = 250

/** Interim answers (RFC 9110 §15.2) to one request: a few are honest, a flood is not. */
const MAX_INTERIM = 8

type Controller = Dispatcher.DispatchController

export class Reception implements Dispatcher.DispatchHandler {
  /** Settles once, at the latest when the time is up. */
  readonly exchange: Promise<Exchange>
  readonly #settle: (exchange: Exchange) => void
  readonly #startedAt = performance.now()
  #timer: NodeJS.Timeout
  readonly #maxBodyBytes: number
  readonly #ignoreSuccessBody: boolean
  #settled = false
  #controller: Controller | undefined
  #interim = 0
  #status = 0
  #retryAfter: string | undefined
  #received = 0
  #chunks: Buffer[] = []

  constructor(limits: Pick<OutboundRequest, 'timeoutMs' | 'maxBodyBytes' | 'ignoreSuccessBody'>) {
    const { promise, resolve } = Promise.withResolvers<Exchange>()
    this.exchange = promise
    this.#settle = resolve
    this.#maxBodyBytes = limits.maxBodyBytes
    this.#ignoreSuccessBody = limits.ignoreSuccessBody ?? false
    this.#timer = setTimeout(() => {
      this.fail(new OutboundError('timeout', `There was no complete answer within ${limits.timeoutMs} ms.`))
    }, limits.timeoutMs)
  }

  /** Ends the exchange without an answer, and the connection with it. */
  fail(error: unknown): void {
    clearTimeout(this.#timer)
    const { fault, detail } = toFault(error)
    this.#finish({ kind: 'fault', fault, detail, ms: this.#elapsed() })
    this.#controller?.abort(error instanceof Error ? error : new Error('failed'))
  }

  onRequestStart(controller: Controller): void {
    // Given up while it waited for a connection: nothing is sent, and the connection stays for another.
    if (this.#settled) throw new Error('given up before it began')
    this.#controller = controller
  }

  onResponseStart(_controller: Controller, status: number, headers: IncomingHttpHeaders): void {
    if (status >= 200) {
      this.#status = status
      const retryAfter = headers['retry-after']
      // Given twice, it says nothing.
      this.#retryAfter = typeof retryAfter === 'string' ? retryAfter : undefined
      // Nobody waits for the body: the status alone is the answer.
      if (this.#maxBodyBytes === 0 || (this.#ignoreSuccessBody && isSuccess(status))) this.#answer()
    } else if (++this.#interim > MAX_INTERIM)
      this.fail(new OutboundError('protocol', 'Too many interim answers.'))
  }

  onResponseData(_controller: Controller, chunk: Buffer): void {
    const room = this.#maxBodyBytes - this.#received
    this.#received += chunk.length
    if (room > 0) this.#chunks.push(chunk.subarray(0, room))
    if (this.#received <= this.#maxBodyBytes) return
    this.#answer()
    if (this.#received > this.#maxBodyBytes + MAX_DRAINED) this.#drop()
  }

  onResponseEnd(): void {
    this.#answer()
    clearTimeout(this.#timer)
  }

  onResponseError(_controller: unknown, error: Error): void {
    this.fail(error)
  }

  #answer(): void {
    if (this.#settled) return
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#drop(), DRAINED_WITHIN_MS)
    // Copied out: a chunk is a view of a buffer that the socket holds.
    const body = Buffer.concat(this.#chunks)
    this.#chunks = []
    this.#finish({
      kind: 'answer',
      status: this.#status,
      body,
      ms: this.#elapsed(),
      ...(this.#retryAfter !== undefined && { retryAfter: this.#retryAfter }),
    })
  }

  /** Ends the connection behind an answer. */
  #drop(): void {
    clearTimeout(this.#timer)
    this.#controller?.abort(new Error('longer than anyone wants to read'))
  }

  #finish(exchange: Exchange): void {
    if (this.#settled) return
    this.#settled = true
    this.#settle(exchange)
  }

  #elapsed(): number {
    return Math.round(performance.now() - this.#startedAt)
  }
}
