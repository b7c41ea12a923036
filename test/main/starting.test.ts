/** The program as a process: how it starts, what it says, and when it refuses to. */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { until } from '../support/until.ts'
import { ADMIN_TOKEN, http, makePlace, type Place, stop } from './place.ts'

let place: Place

beforeEach(() => {
  place = makePlace()
})
afterEach(() => place.clear())

describe('starting', () => {
  it('prints an admin token the first time, and never again', async () => {
    const first = place.start()
    const port = await first.listening()
    await until(() => Promise.resolve(/shown this once: (\S+)/.test(first.stdout())))
    const token = /shown this once: (\S+)\n/.exec(first.stdout())?.[1] ?? ''
    expect(token).toMatch(/^[\w-]{43}$/)
    await http(port).get('/admin/v1/tenants').set('Authorization', `Bearer ${token}`).expect(200)
    await stop(first)
    expect(first.output().split(token)).toHaveLength(2)

    const second = place.start()
    const again = await second.listening()
    await http(again).get('/admin/v1/tenants').set('Authorization', `Bearer ${token}`).expect(200)
    await stop(second)
    expect(second.output()).not.toContain(token)
    expect(second.output()).not.toMatch(/admin token/i)
    for (const name of ['signet.db', 'secret.key']) {
      expect(statSync(join(place.folder, name)).mode & 0o777).toBe(0o600)
    }
  })

  it('says where it listens, and warns of what it does not know', async () => {
    const program = place.start({ SIGNET_ADMIN_TOKEN: ADMIN_TOKEN, SIGNET_PORTT: 'hunter2' })
    const port = await program.listening()
    await http(port).get('/healthz').expect(200)
    const lines = program.logs()
    expect(lines.find(({ msg }) => msg === `listening on 127.0.0.1:${port}`)).toMatchObject({
      url: `http://localhost:${port}`,
    })
    expect(lines.find(({ level }) => level === 40)?.msg).toMatch(/^SIGNET_PORTT is not a setting/)
    await stop(program)
    expect(program.output()).not.toContain('hunter2')
    expect(program.output()).not.toContain(ADMIN_TOKEN)
  })
})

describe('refusing to start', () => {
  it('names every wrong setting at once', async () => {
    const program = place.start({ SIGNET_PORT: 'http', SIGNET_LOG_LEVEL: 'loud', SIGNET_SIGNING_ALG: 'none' })
    expect(await program.ended()).toBe(1)
    const lines = program.output().trim().split('\n')
    expect(lines).toHaveLength(4)
    for (const name of ['SIGNET_PORT', 'SIGNET_LOG_LEVEL', 'SIGNET_SIGNING_ALG']) {
      expect(program.output()).toContain(name)
    }
  })

  it('on a store that another process has', async () => {
    const first = place.start()
    await first.listening()
    const second = place.start()
    expect(await second.ended()).toBe(1)
    expect(second.output().trim()).toBe(
      `${join(place.folder, 'signet.db')} is in use by another process; one hub at a time may have it.`,
    )
    await http(await first.listening())
      .get('/readyz')
      .expect(200)
  })

  it('with a secret key that is not the store’s', async () => {
    const first = place.start()
    await first.listening()
    await stop(first)
    const second = place.start({ SIGNET_SECRET_KEY: Buffer.alloc(32, 1).toString('base64') })
    expect(await second.ended()).toBe(1)
    expect(second.output().trim()).toBe(
      'The signing key in the store does not open: the secret key (SIGNET_SECRET_KEY, or secret.key beside the store) is not the one that this store was written with.',
    )
  })

  it('on a port that is taken', async () => {
    const first = place.start()
    const port = await first.listening()
    const second = place.start({
      SIGNET_PORT: String(port),
      SIGNET_STORE: `sqlite:${join(place.folder, 'other', 'signet.db')}`,
    })
    expect(await second.ended()).toBe(1)
    expect(second.output().trim()).toBe(`The hub cannot listen on 127.0.0.1:${port} (EADDRINUSE).`)
  })

  it('with a store that cannot be opened', async () => {
    const program = place.start({ SIGNET_STORE: `sqlite:${place.folder}` })
    expect(await program.ended()).toBe(1)
    expect(program.output().trim().split('\n')).toHaveLength(1)
    expect(program.output()).toContain('cannot be opened as a store')
  })
})
