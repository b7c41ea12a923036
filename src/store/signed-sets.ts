/** Stored SETs, for what is to be signed again since its key was revoked. */
import type Sqlite from 'better-sqlite3'
import type { SignedSets } from '../core/key-ports.ts'
import type { Commits } from './commits.ts'

/** The setting that says how far the look through all events is; not there while there is none. */
export const SIGN_AGAIN_FROM = 'sign_again_from'

export function createSignedSets(commits: Commits, file: Sqlite.Database): SignedSets {
  const put = file.prepare('update events set body = @becomes where jti = @jti and body = @was')
  const read = file.prepare<[string], { body: string }>('select body from events where jti = ?')
  const place = file.prepare<[], { value: string }>(
    `select value from settings where name = '${SIGN_AGAIN_FROM}'`,
  )
  const look = file.prepare<[number, number], { seq: number; body: string }>(
    'select seq, body from events where seq > ? order by seq limit ?',
  )
  const move = file.prepare(
    `update settings set value = @to where name = '${SIGN_AGAIN_FROM}' and value = @from`,
  )
  const finish = file.prepare(`delete from settings where name = '${SIGN_AGAIN_FROM}' and value = @from`)
  return {
    // Waits for the disk: what is sent from here on is what stands there.
    replace: (jti, was, becomes) =>
      commits.durable(() => {
        put.run({ jti, was, becomes })
        return read.get(jti)?.body ?? becomes
      }),

    unchecked: (limit) =>
      commits.swift(() => {
        const begun = place.get()
        if (begun === undefined) return undefined
        const from = Number(begun.value)
        const rows = look.all(from, limit)
        return { from, to: rows.at(-1)?.seq ?? from, tokens: rows.map(({ body }) => body) }
      }),

    checked: (from, to) =>
      commits.swift(() => {
        // Nothing behind it: that was all.
        if (to === from) finish.run({ from: String(from) })
        else move.run({ from: String(from), to: String(to) })
      }),
  }
}
