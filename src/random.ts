/** The real `Random`. */
import { randomBytes, randomUUIDv7 } from 'node:crypto'
import type { Random } from './core/ports.ts'

export const random: Random = {
  uuid: () => randomUUIDv7(),
  token: () => randomBytes(32).toString('base64url'),
  fraction: () => Math.random(),
}
