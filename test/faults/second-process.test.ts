/** One hub at a time has the file: a second one is told so, and the first goes on as if nothing had happened. */
import { expect, it } from 'vitest'
import { join } from 'node:path'
import { run } from '../support/process.ts'
import { topic } from './client.ts'
import { identifiers, startScene } from './scene.ts'

it('is refused with its sentence while the first goes on', { timeout: 60_000 }, async () => {
  const scene = await startScene()
  try {
    await scene.subscribe('/first', topic('/login'))
    const path = join(scene.program.folder, 'signet.db')
    const second = run({ SIGNET_STORE: `sqlite:${path}` })
    let published = 0
    // Before, during and after the second one's try.
    do {
      await scene.publish(identifiers(1), ['/first'])
      published += 1
    } while (second.process.exitCode === null && second.process.signalCode === null)
    expect(await second.ended()).toBe(1)
    expect(second.output()).toBe(`${path} is in use by another process; one hub at a time may have it.\n`)
    await scene.publish(identifiers(1), ['/first'])
    await scene.served()
    expect(scene.receiver.deliveries()).toHaveLength(published + 1)
    expect(await scene.program.stop()).toBe(0)
  } finally {
    await scene.close()
  }
})
