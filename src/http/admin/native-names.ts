import { Refusal } from '../../core/errors.ts'
import type { Catalogue } from '../../core/ports.ts'

/**
 * Publishers without a vocabulary of their own have no name that the catalogue might not know.
 * @throws Refusal `malformed` for the sources of such
 */
export function requireNativeNames(provider: string, catalogue: Pick<Catalogue, 'mapping'>): void {
  if (catalogue.mapping(provider) !== undefined) return
  throw new Refusal(
    'malformed',
    `publish_unmapped is not for ${provider}: its events bear the catalogue's own names.`,
  )
}
