import type { AdminApi } from '../../catalogue/admin-api.ts'
import type { AllowList } from '../../core/address.ts'
import type { KeyControl } from '../../core/key-ports.ts'
import type { Catalogue, Clock, Observer, Random, Vault, Wake } from '../../core/ports.ts'
import type { Replays } from '../../core/delivery-ports.ts'
import type { Admins, Audit } from '../../core/admin-ports.ts'
import type { Registry } from '../../core/registry-ports.ts'
import type { SourceAuth } from '../../core/source.ts'
import type { EraseParts } from '../../flow/erase.ts'
import type { TestDeliveryParts } from '../../flow/test-delivery.ts'
import type { WebhookParts } from '../../flow/webhook.ts'

/** What the admin API is made of. */
export interface AdminParts {
  url: string
  api: AdminApi
  registry: Registry
  admins: Admins
  audit: Audit
  catalogue: Catalogue
  /** How the sources of each provider can prove themselves. */
  authMethods: ReadonlyMap<string, readonly SourceAuth['method'][]>
  /** What may be called although it is private: publishers' keys are fetched through the guard. */
  outboundAllow: AllowList
  webhook: WebhookParts
  testDelivery: TestDeliveryParts
  replays: Pick<Replays, 'begin'>
  keys: KeyControl
  erase: EraseParts
  wake: Wake
  vault: Vault
  clock: Clock
  random: Random
  observer: Observer
  /** SHA-256 of root's token, in hex. */
  rootTokenHash: string
  /** Bytes. */
  maxBody: number
}
