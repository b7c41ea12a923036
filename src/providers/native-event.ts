/** What every adapter says of a native event, whatever its provider's form. */
import { createHash } from 'node:crypto'
import { Refusal } from '../core/errors.ts'
import { told, type NativeEvent, type Reading } from '../core/reading.ts'

/** As an adapter found it; what was not told is `undefined`. */
interface Found extends Pick<NativeEvent, 'name'> {
  readings: () => Reading[]
  key?: string | undefined
  txn?: string | undefined
  occurredAt?: number | undefined
  test?: boolean | undefined
}

/** What its provider gave no key of its own is known by its bytes. */
export function nativeEvent(body: Buffer, { name, key, readings, ...more }: Found): NativeEvent {
  const hash = (): string => createHash('sha256').update(body).digest('hex')
  return { name, key: key ?? hash(), ...read(readings), ...told<Partial<NativeEvent>>(more) }
}

/** A name that nobody knows may come in any form: whether that matters is not for the adapter to say. */
function read(readings: () => Reading[]): Pick<NativeEvent, 'readings' | 'fault'> {
  try {
    return { readings: readings() }
  } catch (error) {
    if (error instanceof Refusal) return { readings: [], fault: error }
    throw error
  }
}
