/** Hubs on stores that hold much already. */
import { monotonic, pause } from './clock.ts'
import { startHub } from './hub.ts'
import { cpuMs } from './process.ts'
import { openScene, type Scene, type Tokens } from './scene.ts'
import type { Workplace } from './workplace.ts'

interface SeededStore {
  folder: string
  tokens: Tokens
}

/**
 * A store that a hub has made, with its tenants.
 *
 * @param events are published to the crowd first, when nobody is subscribed
 * @param seed writes what else there is to be, once that hub is gone
 */
export async function makeStore(
  workplace: Workplace,
  events: number,
  seed: (folder: string) => void,
): Promise<SeededStore> {
  const folder = workplace.folder()
  const hub = await startHub(folder)
  const scene = workplace.keep(await openScene(hub))
  for (let i = 0; i < events; i += 1) await scene.publish('crowd')
  await scene.pool.destroy()
  await hub.stop()
  seed(folder)
  return { folder, tokens: scene.tokens }
}

/** A hub on a copy of that store. */
export async function openSeeded(workplace: Workplace, store: SeededStore): Promise<Scene> {
  const hub = await startHub(workplace.folder(store.folder))
  return workplace.keep(await openScene(hub, { tokens: store.tokens }))
}

/** Of a fifth of a second, what an idle hub may use: 5 %. */
const LOOK_MS = 200
const IDLE_MS = 10

/** Waits until a process does next to nothing, or no longer than this. */
export async function untilIdle(pid: number, atMostMs: number): Promise<void> {
  const giveUp = monotonic() + atMostMs
  for (let before = cpuMs(pid); monotonic() < giveUp;) {
    await pause(LOOK_MS)
    const now = cpuMs(pid)
    if (now - before <= IDLE_MS) return
    before = now
  }
}
