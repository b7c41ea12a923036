/** The form `{event, timestamp, user}` that Casdoor's own documentation shows, though its code sends records. */
import { told, type Person, type Reading } from '../core/reading.ts'
import { isObject, text, type JsonObject } from './json-object.ts'

/** The form knows no failure: what it names has happened, to the user that it names. */
export function overviewReading(payload: JsonObject): Reading {
  const user = isObject(payload.user) ? person(payload.user) : nameOnly(text(payload, 'user'))
  return {
    facts: { outcome: 'ok', failed: false, signed_in: user !== undefined, every_session: true },
    ...(user && { user }),
  }
}

function person(user: JsonObject): Person | undefined {
  return told<Person>({
    id: text(user, 'id'),
    username: text(user, 'username') ?? text(user, 'name'),
    email: text(user, 'email'),
    phone: text(user, 'phone'),
    name: text(user, 'displayName'),
  })
}

function nameOnly(username: string | undefined): Person | undefined {
  return username === undefined ? undefined : { username }
}
