/** One request by undici's dispatcher, the cheapest way that there is: who measures must not be what is measured. */
import type { Dispatcher } from 'undici'

export interface Request {
  /** Only where the dispatcher is one for many origins. */
  origin?: string
  method: 'GET' | 'POST'
  path: string
  headers?: Record<string, string>
  body?: string
}

export interface Answer {
  status: number
  body: string
}

/** Rejects when there is no whole answer. */
export function send(dispatcher: Dispatcher, request: Request): Promise<Answer> {
  return new Promise((resolve, reject) => {
    dispatcher.dispatch({ ...request, body: request.body ?? null }, new Reading(resolve, reject))
  })
}

class Reading implements Dispatcher.DispatchHandler {
  readonly #resolve: (answer: Answer) => void
  readonly #reject: (error: Error) => void
  #status = 0
  #body = ''

  constructor(resolve: (answer: Answer) => void, reject: (error: Error) => void) {
    this.#resolve = resolve
    this.#reject = reject
  }

  onRequestStart(): void {
    // Nothing to prepare.
  }

  onResponseStart(_controller: unknown, status: number): void {
    this.#status = status
  }

  onResponseData(_controller: unknown, chunk: Buffer): void {
    this.#body += chunk.toString('latin1')
  }

  onResponseEnd(): void {
    this.#resolve({ status: this.#status, body: this.#body })
  }

  onResponseError(_controller: unknown, error: Error): void {
    this.#reject(error)
  }
}

/** @throws Error when the answer is not of this status */
export async function expect(dispatcher: Dispatcher, status: number, request: Request): Promise<string> {
  const answer = await send(dispatcher, request)
  if (answer.status !== status)
    throw new Error(`${request.method} ${request.path} was answered ${answer.status}: ${answer.body}`)
  return answer.body
}
