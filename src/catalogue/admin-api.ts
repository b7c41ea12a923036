/** The admin API's description, `schema/openapi.json`: what it promises is what it checks. */
import { readFileSync } from 'node:fs'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { problems } from './schema-files.ts'

export interface AdminApi {
  readonly document: Record<string, unknown>
  /** What is wrong with a request body, a sentence each; unknown members are wrong too. */
  check(schema: BodyName, body: unknown): string[]
}

/** The schemas of what is sent to the hub. */
const BODIES = [
  'NewTenant',
  'TenantChange',
  'NewSource',
  'NewSubscriber',
  'SubscriberChange',
  'NewWebhook',
  'WebhookChange',
  'SubscriptionChange',
] as const
type BodyName = (typeof BODIES)[number]

export function loadAdminApi(): AdminApi {
  const file = new URL('../../schema/openapi.json', import.meta.url)
  const document = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>
  // The document is more than a schema: only what is referred to is compiled, and that strictly.
  const ajv = new Ajv2020({
    allErrors: true,
    discriminator: true,
    strictSchema: false,
    validateSchema: false,
  })
  ajv.addSchema(document, 'openapi.json')
  const compile = (name: string): ValidateFunction => {
    const validate = ajv.getSchema(`openapi.json#/components/schemas/${name}`)
    if (validate === undefined) throw new Error(`schema/openapi.json has no schema ${name}.`)
    return validate
  }
  const checks = Object.fromEntries(BODIES.map((name) => [name, compile(name)])) as Record<
    BodyName,
    ValidateFunction
  >
  return {
    document,
    check: (schema, body) => (checks[schema](body) ? [] : problems(checks[schema].errors)),
  }
}
