/** Identity providers under load: each posts one event after another, whatever becomes of the hub. */
import { CASDOOR_SECRET, casdoorLogin } from '../support/acme.ts'
import { SESSIONS, wso2Event } from '../support/wso2.ts'
import type { Program } from './program.ts'

/** How a provider sends its n-th event. */
type Sender = (n: number) => { path: string; headers: Record<string, string>; body: string }

export const casdoor: Sender = (n) => ({
  path: '/in/casdoor',
  headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${CASDOOR_SECRET}` },
  body: casdoorLogin(`login-${n}`),
})

/** To a topic of its own. */
export const wso2: Sender = (n) => ({
  path: `/hub?hub.mode=publish&hub.topic=${SESSIONS}`,
  headers: { 'Content-Type': 'application/json' },
  body: wso2Event(relayedJti(n)),
})

/** By which what WSO2 published is known when it arrives. */
export const relayedJti = (n: number): string => `relayed-${n}`

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

/** @param mayGoOn they pause while it says no: a slow machine must not be given more than it can do */
export function startPublishers(
  count: number,
  program: Program,
  sender: Sender,
  accepted: (answer: string, n: number) => void,
  mayGoOn: () => boolean = () => true,
): Publishers {
  const stopping = new AbortController()
  const refused: string[] = []
  let unanswered = 0
  let sent = 0

  /** @returns whether there was an answer */
  const publish = async (): Promise<boolean> => {
    sent += 1
    const n = sent
    const { path, ...request } = sender(n)
    let answer: Response
    let text: string
    try {
      answer = await fetch(`${program.address()}${path}`, { method: 'POST', ...request })
      text = await answer.text()
    } catch {
      unanswered += 1
      return false
    }
    if (answer.status === 202) accepted(text, n)
    else refused.push(`${answer.status} ${text}`)
    return true
  }

  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const wait = mayGoOn() && (await publish()) ? PACE_MS : PATIENCE_MS
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
