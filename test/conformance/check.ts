/** What a check is, and how it says what it saw. */
import type { Context } from './context.ts'

/** What was seen, or why it could not be; of what passed only where there is something to tell. */
export type Outcome = { pass: string | undefined } | { fail: string } | { notApplicable: string }

export interface Check {
  /** `<section>/<name>`; `--only` takes either half. */
  id: string
  /** The number of a point in docs/conformance.md, or of a hub test of websub.rocks. */
  point: number
  /** Whether WebSub itself demands it, or only this project's stricter reading. */
  level: 'must' | 'strict'
  /** What a hub does that passes, as a sentence without a subject. */
  title: string
  /** Loads the hub so much that nothing else may run beside it. */
  alone?: true
  run(context: Context): Promise<Outcome>
}

/** Ends a check: the hub did something else than it should. */
export class Failure extends Error {}

/** Ends a check: what it is about did not come up. */
export class NotApplicable extends Error {}

/** @throws Failure unless the condition holds */
export function must(condition: boolean, seen: string): asserts condition {
  if (!condition) throw new Failure(seen)
}

/** @throws NotApplicable unless the condition holds */
export function needs(condition: boolean, why: string): asserts condition {
  if (!condition) throw new NotApplicable(why)
}

/** A check that passes unless it throws `Failure` or `NotApplicable`; it may give back what it saw. */
export const check = (
  id: string,
  point: number,
  level: Check['level'],
  title: string,
  examine: (context: Context) => Promise<void> | Promise<string>,
): Check => ({
  id,
  point,
  level,
  title,
  async run(context) {
    const seen = await examine(context)
    return { pass: typeof seen === 'string' ? seen : undefined }
  },
})
