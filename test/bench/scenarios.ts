/** Everything that is measured, in the order of the table. */
import type { Scenario } from './scenario.ts'
import { deliveries } from './scenarios/deliveries.ts'
import { latency } from './scenarios/latency.ts'
import { publishes } from './scenarios/publishes.ts'
import { subscriptions } from './scenarios/subscriptions.ts'

export const SCENARIOS: readonly Scenario[] = [deliveries, subscriptions, publishes, latency]
