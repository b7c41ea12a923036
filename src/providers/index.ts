import { asgardeo } from './asgardeo.ts'
import { casdoor } from './casdoor.ts'
import { ferriskey } from './ferriskey.ts'
import { logto } from './logto.ts'
import type { Provider } from './provider.ts'

/** All adapters, by the name that a source's `provider` says. */
export const providers: ReadonlyMap<string, Provider> = new Map(
  [asgardeo, casdoor, ferriskey, logto].map((provider) => [provider.name, provider]),
)
