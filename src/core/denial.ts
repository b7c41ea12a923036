/** Telling a callback that it gets nothing more (WebSub §5.2). What it answers changes nothing. */
import { withParameters } from './callback.ts'

/** A denial that waits to be told. */
export interface Denial {
  id: string
  mode: 'denied'
  topic: string
  callback: string
  /** For the subscriber. */
  reason: string
  /** How often it was tried before. */
  attempts: number
}

/** The URL to GET. */
export const denialUrl = ({ callback, topic, reason }: Denial): string =>
  withParameters(callback, [
    ['hub.mode', 'denied'],
    ['hub.topic', topic],
    ['hub.reason', reason],
  ])
