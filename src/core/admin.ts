/** Who operates the hub, and what each may do. */

/** `read` whatever the admin API shows, `write` changes, `keys` the signing keys. None holds another. */
const SCOPES = ['read', 'write', 'keys'] as const
export type Scope = (typeof SCOPES)[number]

export interface Admin {
  id: string
  scopes: readonly Scope[]
}

/** The first: its token is in the environment, or was made at the first start. */
export const ROOT: Admin = { id: 'root', scopes: SCOPES }

/** Who does something beside a stopped hub: whoever may read its files. */
export const MACHINE = 'machine'

/** What an admin lacks of the scopes that are asked for. */
export const lacking = (admin: Admin, scopes: readonly Scope[]): readonly Scope[] =>
  scopes.filter((scope) => !admin.scopes.includes(scope))
