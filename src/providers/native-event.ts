/** What every adapter says of a native event, whatever its provider's form. */
import { createHash } from 'node:crypto'
import { told, type NativeEvent } from '../core/reading.ts'

/** As an adapter found it; what was not told is `undefined`. */
interface Found extends Pick<NativeEvent, 'name' | 'readings'> {
  key?: string | undefined
  txn?: string | undefined
  occurredAt?: number | undefined
  test?: boolean | undefined
}

/** What its provider gave no key of its own is known by its bytes. */
export function nativeEvent(body: Buffer, { name, key, readings, ...more }: Found): NativeEvent {
  const hash = (): string => createHash('sha256').update(body).digest('hex')
  return { name, key: key ?? hash(), readings, ...told<Partial<NativeEvent>>(more) }
}
