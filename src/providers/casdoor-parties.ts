/** Who takes part in what a record tells: the one who acted, the organization, the application. */
import { told, type Reading } from '../core/reading.ts'
import type { CasdoorRecord } from './casdoor-record.ts'

/** What an action tells beyond what every record does. */
export type Particulars = Omit<Reading, 'facts'> & { facts?: Reading['facts'] }

export type Reader = (record: CasdoorRecord) => Particulars | undefined

/** With a client's own credentials the organization reads `app` and the user is the application. */
const CLIENTS = 'app'

/** What belongs to no organization in particular is owned by this one. */
const EVERYONE = 'admin'

export function actor({ user, organization: home }: CasdoorRecord): Reading['actor'] {
  if (user?.username === undefined) return undefined
  if (home === CLIENTS) return { type: 'client', id: user.username }
  return { type: 'user', ...told({ id: user.id, username: user.username }) }
}

/** An organization's name is its key in Casdoor. The first name that is one counts. */
export function organization(...names: (string | undefined)[]): Reading['organization'] {
  const name = names.find((each) => each !== undefined && each !== CLIENTS && each !== EVERYONE)
  return name === undefined ? undefined : { name }
}

/** An application is named alone, or after its owner. */
export function client(name: string | undefined): Reading['client'] {
  return told({ name: name?.replace(/^.*\//, '') })
}
