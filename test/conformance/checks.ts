/** All checks, in the order in which they are reported. */
import type { Check } from './check.ts'
import { address } from './checks/address.ts'
import { denial } from './checks/denial.ts'
import { distributionAnswer } from './checks/distribution-answer.ts'
import { distributionRequest } from './checks/distribution-request.ts'
import { publishing } from './checks/publishing.ts'
import { rocks } from './checks/rocks.ts'
import { form } from './checks/subscribing-form.ts'
import { state } from './checks/subscribing-state.ts'
import { verification } from './checks/verification.ts'

export const CHECKS: readonly Check[] = [
  ...rocks,
  ...form,
  ...state,
  ...verification,
  ...denial,
  ...distributionRequest,
  ...distributionAnswer,
  ...publishing,
  ...address,
]
