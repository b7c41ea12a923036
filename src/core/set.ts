/** The claims of a Security Event Token (RFC 8417, profiled by OpenID SSF 1.0 §4). */
import type { EventDraft, SubjectId } from './event.ts'

/** The payload of a SET. Never `exp` (RFC 8417 §2.2), never `sub` (SSF 1.0: `sub_id` alone names the subject). */
interface SetClaims {
  iss: string
  /** Seconds since 1970, as all times in a SET. */
  iat: number
  jti: string
  /** The topic URLs that carry the event, as `topicsCarrying` chooses them. */
  aud: string[]
  /** The same for all SETs of one native event. */
  txn: string
  /** When it happened, if the provider told. */
  toe?: number
  sub_id: SubjectId
  /** Exactly one member. */
  events: Record<string, Record<string, unknown>>
}

/** What a SET says about itself, beside the event. */
interface Envelope extends Pick<SetClaims, 'iss' | 'jti' | 'txn' | 'aud'> {
  /** Milliseconds since 1970. */
  now: number
}

export const SET_CONTENT_TYPE = 'application/secevent+jwt'

/** How a SET is sent: as it was signed, or its claims alone, to a receiver that cannot read a JWT. */
export type SetFormat = 'jwt' | 'json'

/** The claims of a compact JWT as their signer wrote them: the same bytes whenever they are asked for. */
export const claimsText = (token: string): string =>
  Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()

export function setClaims(draft: EventDraft, { iss, jti, txn, aud, now }: Envelope): SetClaims {
  return {
    ...{ iss, iat: Math.floor(now / 1000), jti, aud, txn },
    ...(draft.occurredAt !== undefined && { toe: draft.occurredAt }),
    sub_id: draft.subId,
    events: { [draft.event.uri]: draft.claims },
  }
}
