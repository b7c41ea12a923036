/** Everything that is measured, in the order of the table. */
import type { Scenario } from './scenario.ts'
import { accept } from './scenarios/accept.ts'
import { deliveries } from './scenarios/deliveries.ts'
import { isolation } from './scenarios/isolation.ts'
import { latency } from './scenarios/latency.ts'
import { publishes } from './scenarios/publishes.ts'
import { subscriptions } from './scenarios/subscriptions.ts'
import { waiting } from './scenarios/waiting.ts'

export const SCENARIOS: readonly Scenario[] = [
  deliveries,
  subscriptions,
  publishes,
  latency,
  accept,
  isolation,
  waiting,
]
