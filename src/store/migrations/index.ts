/** All migrations, listed by hand in the order in which they run. */
import type { Migration } from 'kysely/migration'
import * as first from './0001-first.ts'
import * as userMemories from './0002-user-memories.ts'
import * as registeredTopics from './0003-registered-topics.ts'
import * as webTopics from './0004-web-topics.ts'
import * as verifications from './0005-verifications.ts'
import * as queues from './0006-queues.ts'
import * as operator from './0007-operator.ts'
import * as access from './0008-access.ts'
import * as crowds from './0009-crowds.ts'

export const migrations: Record<string, Migration> = {
  '0001-first': first,
  '0002-user-memories': userMemories,
  '0003-registered-topics': registeredTopics,
  '0004-web-topics': webTopics,
  '0005-verifications': verifications,
  '0006-queues': queues,
  '0007-operator': operator,
  '0008-access': access,
  '0009-crowds': crowds,
}
