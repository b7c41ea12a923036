/** The token of the first admin, root: from the environment, or made here; the store keeps its hash alone. */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Config } from './config.ts'
import { MACHINE, ROOT } from './core/admin.ts'
import { hashToken } from './core/token.ts'
import { keepSecretKey } from './keys/secret-key.ts'
import { createVault } from './keys/vault.ts'
import { random } from './random.ts'
import { createStore, openFile, type Settings } from './store/index.ts'

const SETTING = 'admin_token_hash'

/** The environment's, or the one that a start made before; else one is made. */
export async function rootToken(
  config: Pick<Config, 'adminToken'>,
  settings: Settings,
): Promise<{ hash: string; made?: string }> {
  if (config.adminToken !== undefined) return { hash: hashToken(config.adminToken) }
  const kept = await settings.get(SETTING)
  if (kept !== undefined) return { hash: kept }
  const made = random.token()
  await settings.set(SETTING, hashToken(made))
  return { hash: hashToken(made), made }
}

/** The environment's, or the one kept beside the store. */
export const secretKeyOf = ({ secretKey, storePath }: Pick<Config, 'secretKey' | 'storePath'>): Buffer =>
  secretKey ?? keepSecretKey(join(dirname(storePath), 'secret.key'), storePath)

/**
 * For a token that was lost, by whoever may write the files of a hub that is stopped. The one before is good no more.
 *
 * @returns the new one
 * @throws Error with a sentence for the operator
 */
export async function replaceRootToken(config: Config): Promise<string> {
  if (config.adminToken !== undefined) {
    throw new Error(
      'SIGNET_ADMIN_TOKEN is set and is root’s token; change it there, and start the hub again.',
    )
  }
  if (!existsSync(config.storePath)) {
    throw new Error(`There is no store at ${config.storePath}; the first start makes one, with a token.`)
  }
  const store = await createStore(openFile(config.storePath), createVault(secretKeyOf(config)))
  try {
    const act = {
      at: Date.now(),
      actor: MACHINE,
      action: 'signet admin token',
      target: ROOT.id,
      address: null,
    }
    const num = await store.audit.begin(act)
    const made = random.token()
    await store.settings.set(SETTING, hashToken(made))
    await store.audit.end(num, { status: 200, target: ROOT.id, detail: null })
    return made
  } finally {
    await store.close()
  }
}
