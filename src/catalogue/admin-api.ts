/** The admin API's description, `schema/openapi.json`: what it promises is what it checks. */
import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import type { Scope } from '../core/admin.ts'
import { problems } from './schema-files.ts'

export interface QueryParameter {
  type: string
  format?: string
  enum?: string[]
  minimum?: number
  maximum?: number
}

/** What the description says of one method of one path. */
export interface Operation {
  /** What it asks for, all of them; none where any admin may. */
  readonly scopes: readonly Scope[]
  /** What a list can be narrowed to and how it is paged, with the form of each. */
  readonly query: ReadonlyMap<string, QueryParameter>
  /** Of one that takes a body. */
  readonly body: Body | undefined
}

interface Body {
  /** The name of its schema. */
  schema: string
  required: boolean
  /** What is wrong with one, a sentence each; unknown members are wrong too. */
  check(body: unknown): string[]
}

export interface AdminApi {
  readonly document: Record<string, unknown>
  /**
   * @param path as it is described, e.g. `/admin/v1/tenants/{id}`
   * @throws Error for an operation that is not described: nobody may do it
   */
  operation(method: string, path: string): Operation
}

let shipped: AdminApi | undefined

/**
 * The admin API of this package: the same for as long as the process lives, and slow to compile.
 * @throws Error when the description refers to what it has not, or has an operation that says nothing of scopes
 */
export const shippedAdminApi = (): AdminApi => (shipped ??= loadAdminApi())

function loadAdminApi(): AdminApi {
  const file = new URL('../../schema/openapi.json', import.meta.url)
  const document = JSON.parse(readFileSync(file, 'utf8')) as Description
  // The document is more than a schema: only what is referred to is compiled, and that strictly.
  const ajv = new Ajv2020({
    allErrors: true,
    discriminator: true,
    strictSchema: false,
    validateSchema: false,
  })
  ajv.addSchema(document, 'openapi.json')

  const bodyAs = ({ required, content }: DescribedBody): Body => {
    const { $ref } = content['application/json'].schema
    const fits = ajv.getSchema(`openapi.json${$ref}`)
    if (fits === undefined) throw new Error(`schema/openapi.json has no ${$ref}.`)
    return { schema: lastOf($ref), required, check: (body) => (fits(body) ? [] : problems(fits.errors)) }
  }
  const operationAs = ({ security, parameters = [], requestBody }: DescribedOperation): Operation => ({
    scopes: security[0].admin,
    query: new Map(
      parameters.map(({ $ref }) => {
        const parameter = document.components.parameters[lastOf($ref)]
        if (parameter === undefined) throw new Error(`schema/openapi.json has no ${$ref}.`)
        return [parameter.name, parameter.schema]
      }),
    ),
    body: requestBody && bodyAs(requestBody),
  })
  const operations = new Map<string, Operation>(
    Object.entries(document.paths).flatMap(([path, { parameters: _ofPath, ...methods }]) =>
      Object.entries(methods).map(([method, one]) => [`${method} ${path}`, operationAs(one)] as const),
    ),
  )
  return {
    document,
    operation(method, path) {
      // What is asked for by HEAD is what GET shows.
      const name = `${method === 'HEAD' ? 'get' : method.toLowerCase()} ${path}`
      const operation = operations.get(name)
      if (operation === undefined) throw new Error(`schema/openapi.json has no ${name}.`)
      return operation
    },
  }
}

interface Description extends Record<string, unknown> {
  paths: Record<string, Record<string, DescribedOperation> & { parameters?: never }>
  components: { parameters: Record<string, { name: string; schema: QueryParameter }> }
}

interface DescribedOperation {
  security: [{ admin: Scope[] }]
  parameters?: { $ref: string }[]
  requestBody?: DescribedBody
}

interface DescribedBody {
  required: boolean
  content: { 'application/json': { schema: { $ref: string } } }
}

const lastOf = (ref: string): string => ref.split('/').at(-1) ?? ''
