/** Requests as the providers send them, byte for byte, and what becomes of them. */
import { readdirSync, readFileSync } from 'node:fs'
import { shippedCatalogue } from '../../src/catalogue/catalogue.ts'
import type { EventDraft } from '../../src/core/event.ts'
import { DISCLOSED_BY_DEFAULT, type Disclosable, type Source } from '../../src/core/source.ts'
import { translate } from '../../src/core/translate.ts'
import { providers } from '../../src/providers/index.ts'
import type { NativeRequest, Provider } from '../../src/providers/provider.ts'

export const catalogue = shippedCatalogue()
export const ISSUER = 'https://idp.example'

interface Vector {
  sha256: string
  headers: Record<string, string>
  secret: string
}

const read = (path: string) => readFileSync(new URL(`fixtures/${path}`, import.meta.url))

export function vectors(provider: string): [file: string, vector: Vector][] {
  return Object.entries(JSON.parse(read(`${provider}/vectors.json`).toString()) as Record<string, Vector>)
}

/** The samples of a provider that signs nothing. */
export function files(provider: string): [provider: string, file: string][] {
  const names = readdirSync(new URL(`fixtures/${provider}`, import.meta.url))
  return names.map((file) => [provider, file])
}

export function request(body: string | Buffer, headers: NativeRequest['headers'] = {}): NativeRequest {
  return { headers, body: Buffer.from(body), receivedAt: 0 }
}

export function fixture(provider: string, file: string): NativeRequest {
  return request(read(`${provider}/${file}`))
}

/** A fixture with some members different; a member that becomes `undefined` is gone. */
export function changed(provider: string, file: string, changes: Record<string, unknown>): NativeRequest {
  const payload = JSON.parse(fixture(provider, file).body.toString()) as object
  return request(JSON.stringify({ ...payload, ...changes }))
}

export function adapter(name: string): Provider {
  const provider = providers.get(name)
  if (provider === undefined) throw new Error(`no adapter ${name}`)
  return provider
}

export function source(provider: string, disclose: readonly Disclosable[] = DISCLOSED_BY_DEFAULT): Source {
  return { id: 'acme-idp', tenant: 'acme', provider, issuer: ISSUER, disclose }
}

/** All drafts of a request, each valid by its event's schema; throws what the hub would refuse it with. */
export function drafts(
  provider: string,
  native: NativeRequest,
  disclose?: readonly Disclosable[],
): EventDraft[] {
  const from = source(provider, disclose)
  return adapter(provider)
    .read(native)
    .flatMap((event) => {
      if (event.fault !== undefined) throw event.fault
      const found = translate(event, from, catalogue, (text) => `hidden:${text.length}`)
      if (found === 'unmapped') throw new Error(`${event.name} is not mapped`)
      for (const { event: known, claims } of found) {
        const problems = catalogue.check(known, claims)
        if (problems.length > 0) throw new Error(`${known.name}: ${problems.join('; ')}`)
      }
      return found
    })
}

/** A draft as a test says it: event, subject, claims. */
export function told({ event, subId, claims }: EventDraft) {
  return { event: `${event.category}/${event.name}`, subId, claims }
}
