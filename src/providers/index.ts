import { asgardeo } from './asgardeo.ts'
import { casdoor } from './casdoor.ts'
import { ferriskey } from './ferriskey.ts'
import { json } from './json.ts'
import { logto } from './logto.ts'
import type { SourceAuth } from '../core/source.ts'
import type { Provider } from './provider.ts'

/** All adapters, by the name that a source's `provider` says. */
export const providers: ReadonlyMap<string, Provider> = new Map(
  [asgardeo, casdoor, ferriskey, json, logto].map((provider) => [provider.name, provider]),
)

/** How the sources of each provider can prove themselves. A `set` source needs no adapter: its tokens have the form already. */
export const authMethods: ReadonlyMap<string, readonly SourceAuth['method'][]> = new Map([
  ...[...providers.values()].map(({ name, authMethods: methods }) => [name, methods] as const),
  ['set', ['jwt']],
])
