/** The admin API's description, `schema/openapi.json`: what it promises is what it checks. */
import { readFileSync } from 'node:fs'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import type { Scope } from '../core/admin.ts'
import { problems } from './schema-files.ts'

/** The schemas of request bodies. */
const SCHEMAS = [
  'NewTenant',
  'TenantChange',
  'NewSource',
  'SourceChange',
  'Rotation',
  'NewAdmin',
  'NewSubscriber',
  'TokenRotation',
  'SubscriberChange',
  'NewWebhook',
  'WebhookChange',
  'SubscriptionChange',
  'Replay',
  'Erasure',
] as const

export interface QueryParameter {
  type: string
  format?: string
  enum?: string[]
  minimum?: number
  maximum?: number
}

export interface AdminApi {
  readonly document: Record<string, unknown>
  /**
   * The scopes that an operation asks for, all of them; none where any admin may.
   * @param path as it is described, e.g. `/admin/v1/tenants/{id}`
   * @throws Error for an operation that does not say: nobody may
   */
  scopesOf(method: string, path: string): readonly Scope[]
  /** What is wrong with a request body, a sentence each; unknown members are wrong too. */
  check(schema: (typeof SCHEMAS)[number], body: unknown): string[]
  /** What the list at this path can be narrowed to and how it is paged, with the form of each. */
  queryOf(path: string): ReadonlyMap<string, QueryParameter>
}

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
  const checks = Object.fromEntries(SCHEMAS.map((name) => [name, compile(name)])) as Record<
    (typeof SCHEMAS)[number],
    ValidateFunction
  >
  return {
    document,
    queryOf: (path) => queryOf(document as unknown as Described, path),
    scopesOf: (method, path) => scopesOf(document as unknown as Described, method, path),
    check: (schema, body) => (checks[schema](body) ? [] : problems(checks[schema].errors)),
  }
}

interface Described {
  paths: Partial<Record<string, Partial<Record<string, Operation>>>>
  components: { parameters: Record<string, { name: string; schema: QueryParameter } | undefined> }
}

interface Operation {
  security?: [{ admin: Scope[] }]
  parameters?: { $ref: string }[]
}

function queryOf({ paths, components }: Described, path: string): Map<string, QueryParameter> {
  const parameters = paths[`/admin/v1${path}`]?.get?.parameters ?? []
  return new Map(
    parameters.map(({ $ref }) => {
      const parameter = components.parameters[$ref.split('/').at(-1) ?? '']
      if (parameter === undefined) throw new Error(`schema/openapi.json has no parameter ${$ref}.`)
      return [parameter.name, parameter.schema]
    }),
  )
}

function scopesOf({ paths }: Described, method: string, path: string): readonly Scope[] {
  // What is asked for by HEAD is what GET shows.
  const operation = paths[path]?.[method === 'HEAD' ? 'get' : method.toLowerCase()]
  if (operation?.security === undefined)
    throw new Error(`schema/openapi.json says of no scope for ${method} ${path}.`)
  return operation.security[0].admin
}
