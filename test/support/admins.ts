/** Admins beside root, and requests with any token. */
import type { Response } from 'supertest'
import type { TestHub } from './hub.ts'

export type Method = 'get' | 'post' | 'patch' | 'delete'

/** @returns its token */
export async function makeAdmin(
  hub: TestHub,
  id: string,
  scopes: string[],
  more: object = {},
): Promise<string> {
  const { token } = await hub.admin.post<{ token: string }>('/admins', { id, scopes, ...more })
  return token
}

/** @param path behind `/admin/v1` */
export function as(
  hub: TestHub,
  token: string | undefined,
  method: Method,
  path: string,
  body?: object,
): Promise<Response> {
  const request = hub.http[method](`/admin/v1${path}`)
  if (token !== undefined) void request.set('Authorization', `Bearer ${token}`)
  return Promise.resolve(body === undefined ? request : request.send(body))
}

export interface AuditEntry {
  id: string
  at: string
  actor: string | null
  action: string
  target: string | null
  address: string | null
  status: number | null
  detail: Record<string, unknown> | null
}

/** The newest first. */
export const auditOf = async (hub: TestHub, query = ''): Promise<AuditEntry[]> =>
  (await hub.admin.get<{ items: AuditEntry[] }>(`/audit${query}`)).items
