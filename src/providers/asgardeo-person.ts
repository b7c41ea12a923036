/** A user as WSO2 tells them: a stable id, and claims by URI in WSO2's own dialect. */
import { told, type Person } from '../core/reading.ts'
import { objects, text, type JsonObject } from './json-object.ts'

const DIALECT = 'http://wso2.org/claims/'

export function personOf(user: JsonObject | undefined): Person | undefined {
  const claims = objects(user, 'claims')
  const claim = (name: string): string | undefined => {
    const value = claims.find(({ uri }) => uri === DIALECT + name)?.value
    return typeof value === 'string' && value !== '' ? value : undefined
  }
  const names = [claim('givenname'), claim('lastname')].filter((name) => name !== undefined)
  return told<Person>({
    id: text(user, 'id'),
    username: claim('username'),
    email: claim('emailaddress'),
    phone: claim('mobile'),
    name: claim('fullname') ?? (names.length === 0 ? undefined : names.join(' ')),
  })
}

/** Names of the claims that an update is about: the last part of their URIs, never their values. */
export function claimNames(user: JsonObject | undefined): string[] | undefined {
  const names = ['addedClaims', 'updatedClaims', 'removedClaims']
    .flatMap((list) => objects(user, list))
    .map((claim) => /[\w.-]+$/.exec(text(claim, 'uri') ?? '')?.[0])
    .filter((name) => name !== undefined)
  return names.length === 0 ? undefined : [...new Set(names)]
}
