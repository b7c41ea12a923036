/** What a Logto payload says, in neutral names. */
import { told, type Reading } from '../core/reading.ts'
import { flag, nested, text, texts, type JsonObject } from './json-object.ts'
import { accountOf, dataOf, userOf } from './logto-user.ts'

export function readingsOf(name: string, payload: JsonObject): Reading[] {
  const common: Reading = {
    facts: facts(name, payload),
    ...told<Omit<Reading, 'facts'>>({
      user: userOf(name, payload),
      state: accountOf(name, payload),
      initiator: initiator(payload),
      client: client(payload),
      organization: told({ id: text(payload, 'organizationId') }),
      request: told({
        ip: text(payload, 'userIp') ?? text(payload, 'ip'),
        user_agent: text(payload, 'userAgent'),
      }),
      resource: resource(name, payload),
    }),
  }
  const changes = memberships(payload)
  return changes.length === 0 ? [common] : changes.map((change) => ({ ...common, ...change }))
}

function facts(name: string, payload: JsonObject): Reading['facts'] {
  const statesSuspension = name === 'User.SuspensionStatus.Updated'
  return {
    ...told<Reading['facts']>({
      route: text(payload, 'matchedRoute'),
      suspended: statesSuspension ? flag(dataOf(payload), 'isSuspended') : undefined,
    }),
  }
}

/** The Management API is for administrators; changes in the account centre do not say whose they are. */
function initiator(payload: JsonObject): Reading['initiator'] {
  if (text(payload, 'matchedRoute') !== undefined) return 'admin'
  return text(payload, 'interactionEvent') === undefined ? undefined : 'user'
}

function client(payload: JsonObject): Reading['client'] {
  const application = nested(payload, 'application')
  return told({
    id: text(application, 'id') ?? text(payload, 'applicationId') ?? text(payload, 'cimdClientId'),
    name: text(application, 'name'),
  })
}

/** Of a deletion there is no data, and of a change of scopes they are the data: the route's parameters name it. */
function resource(name: string, payload: JsonObject): Reading['resource'] {
  if (name.startsWith('User.')) return undefined
  const [data, params] = [dataOf(payload), nested(payload, 'params')]
  const named = name.startsWith('Scope.')
    ? text(params, 'scopeId')
    : (text(payload, 'roleId') ??
      text(payload, 'organizationRoleId') ??
      text(payload, 'organizationId') ??
      text(params, 'id'))
  if (named !== undefined && data?.id !== named) return { id: named }
  return told({ id: text(data, 'id'), name: text(data, 'name') })
}

/** Older builds do not say who joined or left. */
function memberships(payload: JsonObject): Pick<Reading, 'user' | 'members'>[] {
  return (['added', 'removed'] as const).flatMap((change) =>
    texts(payload, `${change}UserIds`).map((id) => ({ user: { id }, members: { [change]: [id] } })),
  )
}
