/** A Casdoor record of some administrator's request, and what becomes of it. */
import { changed, drafts, told } from './fixture.ts'

export const form = (fields: Record<string, string>) => new URLSearchParams(fields).toString()

export const events = (action: string, object: unknown, changes: Record<string, unknown> = {}) =>
  drafts(
    'casdoor',
    changed('casdoor', 'add-user.json', {
      action,
      object: typeof object === 'string' ? object : JSON.stringify(object),
      requestUri: `/api/${action}`,
      ...changes,
    }),
  ).map(told)
