/** Small documents that others publish: fetched rarely, read whole. */
import type { Exchange } from '../core/exchange.ts'
import type { Documents } from '../core/ports.ts'
import { faultOf, type Read } from './reader.ts'

export function createDocuments(read: Read): Documents {
  return {
    async read({ accept, ...request }): Promise<Exchange> {
      const startedAt = performance.now()
      const ms = (): number => Math.round(performance.now() - startedAt)
      try {
        const { status, body } = await read({ ...request, headers: { accept } })
        return { kind: 'answer', status, body, ms: ms() }
      } catch (error) {
        return { kind: 'fault', ...faultOf(error), ms: ms() }
      }
    },
  }
}
