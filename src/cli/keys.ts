import { adminClient } from './admin-client.ts'
import { readArguments } from './arguments.ts'
import { type Command, UsageError } from './command.ts'

/** As the admin API shows it. */
interface Key {
  kid: string
  alg: string
  state: string
  created_at: string
  active_at: string | null
  retired_at: string | null
  removed_at: string | null
  revoked_at: string | null
}

export const keys: Command = {
  usage: 'keys [list | rotate | revoke <kid>] [--json]',
  about: 'shows the signing keys of a running hub, or changes them',
  options: [
    'rotate   the next key signs from now on; the one before stays published while it may be needed',
    'revoke   the key is believed no more; what it signed is signed again before it is sent',
    'SIGNET_URL says where the hub is, SIGNET_ADMIN_TOKEN who asks',
  ],

  async run(args, { env, print }) {
    const { values, positionals } = readArguments({
      args,
      allowPositionals: true,
      options: { json: { type: 'boolean' } },
    })
    const [what = 'list', kid, ...more] = positionals
    const isKnown = ['list', 'rotate', 'revoke'].includes(what)
    if (!isKnown || more.length > 0 || (what === 'revoke') !== (kid !== undefined)) {
      throw new UsageError('Say "signet keys list", "signet keys rotate" or "signet keys revoke <kid>".')
    }
    const client = adminClient(env)
    if (what === 'rotate') await client.ask('POST', '/keys/rotate')
    if (kid !== undefined) await client.ask('POST', `/keys/${encodeURIComponent(kid)}/revoke`)
    const { items } = await client.ask<{ items: Key[] }>('GET', '/keys')
    print(values.json === true ? `${JSON.stringify(items, null, 2)}\n` : items.map(line).join(''))
  },
}

const line = (key: Key): string =>
  `${key.kid}  ${key.alg.padEnd(5)}  ${key.state.padEnd(7)}  ${sinceWhen(key)}\n`

function sinceWhen(key: Key): string {
  if (key.revoked_at !== null) return `revoked ${key.revoked_at}`
  if (key.removed_at !== null) return `since ${key.removed_at}`
  if (key.retired_at !== null) return `since ${key.retired_at}`
  if (key.state === 'active') return `since ${key.active_at ?? key.created_at}`
  return key.active_at === null ? `published ${key.created_at}` : `signs from ${key.active_at}`
}
