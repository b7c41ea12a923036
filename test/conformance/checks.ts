/** All checks, in the order in which they are reported. */
import type { Check } from './check.ts'
import { address } from './checks/address.ts'
import { denial } from './checks/denial.ts'
import { distributionAnswer } from './checks/distribution-answer.ts'
import { distributionEnd } from './checks/distribution-end.ts'
import { distributionRequest } from './checks/distribution-request.ts'
import { distributionRetry } from './checks/distribution-retry.ts'
import { publishing } from './checks/publishing.ts'
import { rocks } from './checks/rocks.ts'
import { form } from './checks/subscribing-form.ts'
import { crowd } from './checks/subscribing-crowd.ts'
import { state } from './checks/subscribing-state.ts'
import { verification } from './checks/verification.ts'

export const CHECKS: readonly Check[] = [
  ...rocks,
  ...form,
  ...state,
  ...crowd,
  ...verification,
  ...denial,
  ...distributionRequest,
  ...distributionAnswer,
  ...distributionRetry,
  ...distributionEnd,
  ...publishing,
  ...address,
]
