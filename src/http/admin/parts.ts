import type { AdminApi } from '../../catalogue/admin-api.ts'
import type { Catalogue, Clock, Observer, Random, Vault } from '../../core/ports.ts'
import type { Registry } from '../../core/registry-ports.ts'
import type { Provider } from '../../providers/provider.ts'

/** What the admin API is made of. */
export interface AdminParts {
  url: string
  api: AdminApi
  registry: Registry
  catalogue: Catalogue
  providers: ReadonlyMap<string, Provider>
  vault: Vault
  clock: Clock
  random: Random
  observer: Observer
  /** SHA-256 of the admin token, in hex. */
  adminTokenHash: string
  /** Bytes. */
  maxBody: number
}
