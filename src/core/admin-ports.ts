/** What the admin API needs of the store for itself: who may use it, and what was done. */
import type { Admin, Scope } from './admin.ts'
import type { Page, PageRequest } from './list.ts'
import type { Readable, Removable } from './registry-ports.ts'

export interface AdminRecord {
  id: string
  scopes: readonly Scope[]
  /** Null where the token is good until it is withdrawn. */
  expires_at: number | null
  created_at: number
}

export interface Admins extends Readable<AdminRecord>, Removable {
  make(admin: AdminRecord & { token_hash: string }): Promise<'made' | 'exists'>
  /** Whose token it is, if it is good now. */
  byToken(tokenHash: string, now: number): Promise<Admin | undefined>
}

/** What is known of an act before it is done; holds no secret, and nobody in plain whom the hub has events of. */
export interface Act {
  at: number
  /** An admin's id; null for a stranger. */
  actor: string | null
  /** The method and the route's pattern. */
  action: string
  /** The id of what it is done to. */
  target: string | null
  /** Where the request came from. */
  address: string | null
}

/** JSON: what was said of it. */
export type ActDetail = Record<string, unknown> | null

export interface AuditRecord extends Act {
  id: string
  /** Of the answer; null while it is under way, or where the hub stopped before it. */
  status: number | null
  detail: ActDetail
}

export interface AuditFilters {
  actor?: string
  target?: string
  outcome?: 'done' | 'refused'
  /** From then on, and before then, in milliseconds since 1970. */
  since?: number
  until?: number
}

export interface Audit {
  /** Notes what is about to be done: whatever comes of it, it is on disk that somebody began. @returns its number */
  begin(act: Act): Promise<number>
  /** What came of it. */
  end(num: number, outcome: { status: number; target: string | null; detail: ActDetail }): Promise<void>
  /** Notes what was not even begun; only so many of these are kept. */
  refuse(act: Act, outcome: { status: number; detail: ActDetail }): Promise<void>
  /** Newest first. */
  list(page: PageRequest & AuditFilters): Promise<Page<AuditRecord>>
  /** Forgets what was done at `before` or earlier, at most `limit` entries. @returns how many */
  forget(before: number, limit: number): Promise<number>
}
