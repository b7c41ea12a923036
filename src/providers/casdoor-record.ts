/** Casdoor's audit record, as its webhook sends it: who asked Casdoor for what, and what came of it. */
import { told, type Person } from '../core/reading.ts'
import { readObject, type RequestObject } from './casdoor-object.ts'
import { nested, numeric, text, type JsonObject } from './json-object.ts'

export interface CasdoorRecord {
  action: string
  /** The organization of whoever was signed in, as far as the record says. */
  organization: string | undefined
  /** Whoever was signed in when the record was written: mostly the one who acted. */
  user: Person | undefined
  ip: string | undefined
  object: RequestObject
  query: URLSearchParams
  /** The `owner/name` of the thing that the request's address names. */
  address: string | undefined
  outcome: 'ok' | 'error' | undefined
  /** What Casdoor told the person, in their language. */
  message: string | undefined
  /** Whether it was answered by an error: responses in no form of Casdoor's own have nothing but the status. */
  failed: boolean
}

export function readRecord(action: string, payload: JsonObject): CasdoorRecord {
  const username = text(payload, 'user')
  const url = URL.parse(text(payload, 'requestUri') ?? '', 'http://casdoor.invalid')
  // Not JSON, although it looks like it: `{status:"ok", msg:""}`.
  const response = /^\{status:"(ok|error)"(?:, msg:"(.*)"\}$)?/su.exec(text(payload, 'response') ?? '')
  return {
    action,
    organization: text(payload, 'organization'),
    user: username === undefined ? undefined : signedIn(username, nested(payload, 'extendedUser')),
    ip: text(payload, 'clientIp'),
    object: readObject(text(payload, 'object') ?? ''),
    query: url?.searchParams ?? new URLSearchParams(),
    address: addressed(action, url),
    outcome: response?.[1] as 'ok' | 'error' | undefined,
    message: response?.[2],
    failed: response?.[1] === 'error' || numeric(payload.statusCode) >= 400,
  }
}

/** `?id=owner/name`, or for payments the end of the path. */
function addressed(action: string, url: URL | null): string | undefined {
  const id = url?.searchParams.get('id') ?? url?.pathname.split(`/${action}/`)[1]
  return id !== undefined && /^[^/\s]+\/[^/\s]+$/.test(id) ? id : undefined
}

/** A webhook may be set to send the signed-in user whole, which is how their stable id is known. */
function signedIn(username: string, extended: JsonObject | undefined): Person {
  const whole = extended?.name === username ? extended : undefined
  return {
    ...told<Person>({ id: text(whole, 'id') }),
    username,
    ...told<Person>({
      email: text(whole, 'email'),
      phone: text(whole, 'phone'),
      name: text(whole, 'displayName'),
    }),
  }
}
