/** `POST /admin/v1/subjects/erase`: everything of one person. Who it is stands in the audit log as a keyed hash alone. */
import type { Middleware } from 'koa'
import { Refusal } from '../../core/errors.ts'
import { isOfKnownFormat, readSubjectId } from '../../core/subject-identifier.ts'
import { erase } from '../../flow/erase.ts'
import { noteDetail } from './audited.ts'
import { bodyOf } from './body.ts'
import type { AdminParts } from './parts.ts'

export function eraseSubject({ erase: parts }: Pick<AdminParts, 'erase'>): Middleware {
  return async (ctx) => {
    const { tenant, sub_id: subId } = bodyOf(ctx, 'Erasure')
    // A mistyped member would find nobody, and say so.
    if (isOfKnownFormat(subId) && readSubjectId(subId) === undefined) {
      throw new Refusal(
        'malformed',
        'sub_id does not hold the members of its format (RFC 9493), and no others.',
      )
    }
    const erased = await erase(parts, tenant, subId)
    if (erased === undefined) throw new Refusal('unknown', 'There is no such tenant.')
    const { subject, complete, events, deliveries, dropped, memories } = erased
    const removed = { events, deliveries, dropped, memories }
    noteDetail(ctx, { subject, removed })
    ctx.body = { complete, removed }
  }
}
