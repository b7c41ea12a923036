/** Identity providers under load: each posts one login after another, whatever becomes of the hub. */
import { CASDOOR_SECRET, casdoorLogin, type Published } from '../support/acme.ts'
import type { Program } from './program.ts'

export interface Publishers {
  /** Requests that a kill cut off, perhaps accepted, perhaps not, or that found nobody. */
  readonly unanswered: number
  /** Answers that promised nothing: there should be none. */
  readonly refused: readonly string[]
  stop(): Promise<void>
}

/** Between two logins of one publisher: a load that the hub and this test can both bear. */
const PACE_MS = 40
/** While nobody is there: the machine is needed for the restart. */
const PATIENCE_MS = 100

export function startPublishers(
  count: number,
  program: Program,
  accepted: (published: Published) => void,
): Publishers {
  const stopping = new AbortController()
  const refused: string[] = []
  let unanswered = 0
  let logins = 0

  /** @returns whether there was an answer */
  const publish = async (): Promise<boolean> => {
    logins += 1
    let answer: Response
    let text: string
    try {
      answer = await fetch(`${program.address()}/in/casdoor`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${CASDOOR_SECRET}` },
        body: casdoorLogin(`login-${logins}`),
      })
      text = await answer.text()
    } catch {
      unanswered += 1
      return false
    }
    if (answer.status === 202) accepted(JSON.parse(text) as Published)
    else refused.push(`${answer.status} ${text}`)
    return true
  }

  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const wait = (await publish()) ? PACE_MS : PATIENCE_MS
      await new Promise((resolve) => setTimeout(resolve, wait))
    }
  }
  const running = Promise.all(Array.from({ length: count }, run))
  return {
    get unanswered() {
      return unanswered
    },
    refused,
    async stop() {
      stopping.abort()
      await running
    },
  }
}
