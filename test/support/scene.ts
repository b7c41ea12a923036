/** What most tests of a whole hub begin with: the hub of `acme` on a clock that can be moved, and a subscriber's endpoint. */
import { type AcmeHub, startAcme } from './acme.ts'
import { movableClock, type MovableClock } from './movable-clock.ts'
import { type Receiver, startReceiver } from './receiver.ts'

export interface Scene {
  hub: AcmeHub
  receiver: Receiver
  clock: MovableClock
  /** For the end of the test, or of the file: what a hook returns is done then. */
  close: () => Promise<void>
}

/** @param env the hub's settings, beside what all tests have */
export async function startScene(env: Record<string, string> = {}): Promise<Scene> {
  const clock = movableClock()
  const hub = await startAcme({ env, overrides: { clock } })
  const receiver = await startReceiver()
  return {
    hub,
    receiver,
    clock,
    close: async () => {
      await hub.close()
      await receiver.close()
    },
  }
}
