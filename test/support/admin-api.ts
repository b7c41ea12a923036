/** Requests to the admin API, with the token of root. */
import type { Test } from 'supertest'
import { ADMIN_TOKEN, type TestHub } from './hub.ts'

/**
 * Whatever it will answer.
 *
 * @param path behind `/admin/v1`
 * @param body as it is when it is a string
 */
export function admin(
  hub: TestHub,
  method: 'get' | 'post' | 'patch' | 'delete',
  path: string,
  body?: object | string,
): Test {
  const asked = hub.http[method](`/admin/v1${path}`).set('Authorization', `Bearer ${ADMIN_TOKEN}`)
  return body === undefined ? asked : asked.set('Content-Type', 'application/json').send(body)
}

/** A time as the admin API writes it. */
export const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
