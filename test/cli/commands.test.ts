/** The commands as they are typed: what they print where, and how they end. */
import { describe, expect, it } from 'vitest'
import { run } from '../support/process.ts'
import { printed } from './terminal.ts'

const end = async (...args: string[]) => {
  const program = run({}, args)
  const code = await program.ended()
  return { code, stdout: program.stdout(), stderr: program.output().slice(program.stdout().length) }
}

describe('signet', () => {
  it('says what there is', async () => {
    const { code, stdout, stderr } = await end('help')
    expect([code, stderr]).toEqual([0, ''])
    for (const usage of ['signet [start]', 'signet events', 'signet explain <provider>', 'signet help']) {
      expect(stdout).toContain(usage)
    }
    expect(await printed(['--help'])).toBe(stdout)
  })

  it('says on an unknown command which there are', async () => {
    expect(await end('constructor')).toEqual({
      code: 2,
      stdout: '',
      stderr: 'There is no command "constructor"; there are start, events, explain, keys, admin, help.\n',
    })
  })

  it('ends with 1 when it cannot do what it was asked', async () => {
    expect(await end('explain', 'casdoor', '/nowhere/login.json')).toEqual({
      code: 1,
      stdout: '',
      stderr: '/nowhere/login.json cannot be read: no such file or directory.\n',
    })
  })

  it('does not mind a reader who has read enough', async () => {
    const program = run({}, ['events'])
    program.process.stdout?.destroy()
    expect([await program.ended(), program.output()]).toEqual([0, ''])
  })

  it('runs the hub by name, too', async () => {
    const program = run({ SIGNET_PORT: 'http' }, ['start'])
    expect(await program.ended()).toBe(1)
    expect(program.output()).toContain('SIGNET_PORT is not a port')
  })
})

describe('wrong usage', () => {
  it.each([
    [['events', '--jsn'], "Unknown option '--jsn'; see"],
    [['events', 'login'], 'Unexpected argument'],
    [['start', 'now'], 'Unexpected argument'],
    [['explain'], 'Give a provider and a file'],
    [['explain', 'casdoor'], 'Give a provider and a file'],
    [['explain', 'casdoor', 'a', 'b'], 'Give a provider and a file'],
    [['explain', 'keycloak', '-'], 'There is no provider "keycloak"; there are asgardeo, casdoor,'],
    [['explain', 'casdoor', '-', '--tenant', 'Acme!'], '--tenant is no id'],
    [['explain', 'casdoor', '-', '--source', ''], '--source is no id'],
    [['explain', 'casdoor', '-', '--issuer', 'acme'], '--issuer is no http(s) URL'],
    [['explain', 'casdoor', '-', '--url', 'ftp://hub'], '--url is no http(s) URL'],
    [['explain', 'casdoor', '-', '--disclose', 'email,password'], '--disclose knows no field "password"'],
  ])('%j is told in one sentence', async (args, sentence) => {
    const error = await printed(args).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ name: 'UsageError' })
    expect((error as Error).message.startsWith(sentence)).toBe(true)
    expect((error as Error).message).toMatch(/^[^\n]+\.$/)
  })

  it.each([['{"action":'], ['[]'], ['{}'], ['']])('a body like %j is refused in one', async (body) => {
    const error = await printed(['explain', 'casdoor', '-'], body).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ name: 'Refusal', code: 'malformed' })
    expect((error as Error).message).toMatch(/^[^\n]+\.$/)
  })
})
