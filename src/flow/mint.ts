/**
 * What a native event means, in SETs: minted once, for these bytes are what every attempt sends. An event that breaks
 * its own schema is a fault of the hub: it is reported, never signed, and held back.
 */
import type { EventDraft } from '../core/event.ts'
import type { Recalled } from '../core/memory.ts'
import type { Fingerprint, Signer, Surroundings } from '../core/ports.ts'
import type { NativeEvent } from '../core/reading.ts'
import { contentContext } from '../core/sealing.ts'
import { SET_CONTENT_TYPE, setClaims } from '../core/set.ts'
import type { Source } from '../core/source.ts'
import { draftStated } from '../core/stated.ts'
import type { EventRow, SignedEvent, UnsentEvent } from '../core/store-ports.ts'
import { subjectKey } from '../core/subject-key.ts'
import { topicsCarrying } from '../core/topic.ts'
import { translate } from '../core/translate.ts'

export interface MintParts extends Pick<
  Surroundings,
  'url' | 'catalogue' | 'vault' | 'clock' | 'random' | 'observer' | 'fingerprint'
> {
  signer: Signer
}

interface Minted {
  events: SignedEvent[]
  unsent: UnsentEvent[]
}

/** Before the commit: what is remembered of users is compared again in it. */
export async function mint(
  parts: MintParts,
  source: Source,
  native: NativeEvent,
  { txn, recalled }: { txn: string; recalled: Recalled },
): Promise<Minted> {
  const minted: Minted = { events: [], unsent: [] }
  for (const draft of draftsOf(parts, source, native, recalled)) {
    const row: EventRow = {
      jti: parts.random.uuid(),
      txn,
      category: draft.event.category,
      name: draft.event.name,
      ...(draft.occurredAt !== undefined && { occurredAt: draft.occurredAt }),
      ...subjectIn(draft, source, parts.fingerprint),
    }
    const problems = parts.catalogue.check(draft.event, draft.claims)
    if (problems.length === 0) minted.events.push(await sign(parts, source, draft, row))
    else minted.unsent.push(hold(parts, source, native, { draft, row, problems }))
  }
  return minted
}

function draftsOf(
  { catalogue, fingerprint }: MintParts,
  source: Source,
  native: NativeEvent,
  recalled: Recalled,
): EventDraft[] {
  const { stated } = native
  if (stated !== undefined) return draftStated({ ...native, stated }, source, catalogue, fingerprint)
  const drafts = translate(native, source, catalogue, fingerprint, recalled)
  return drafts === 'unmapped' ? [] : drafts
}

function subjectIn({ subId }: EventDraft, { tenant }: Source, fingerprint: Fingerprint) {
  const subject = subjectKey(subId, tenant, fingerprint)
  return subject === undefined ? {} : { subject }
}

async function sign(
  { url, signer, clock }: MintParts,
  source: Source,
  draft: EventDraft,
  row: EventRow,
): Promise<SignedEvent> {
  const topics = topicsCarrying(url, source.tenant, draft.event)
  const { jti, txn } = row
  const claims = setClaims(draft, { iss: url, jti, txn, aud: topics, now: clock.now() })
  return { ...row, contentType: SET_CONTENT_TYPE, body: await signer.sign(claims), topics }
}

/** Nobody knows what the fault let through: it is kept under seal. */
function hold(
  { observer, vault }: MintParts,
  source: Source,
  native: NativeEvent,
  { draft, row, problems }: { draft: EventDraft; row: EventRow; problems: string[] },
): UnsentEvent {
  const event = `${row.category}/${row.name}`
  observer.invalidEvent({ source: source.id, native: native.name, event, jti: row.jti, problems })
  const content = JSON.stringify({ sub_id: draft.subId, claims: draft.claims })
  return { ...row, sealed: vault.seal(content, contentContext(row.jti)) }
}
