/**
 * The claims of an event are written as what they add to a shared form (`schema/claims.json`). What the
 * world is shown, and what is checked, is the whole in one piece: no references, no `$id`, closed.
 */

export interface JsonSchema extends Record<string, unknown> {
  properties?: Record<string, unknown>
  required?: string[]
}

/**
 * @param schema an event's `claims`, with references into `schema/claims.json`
 * @param definitions the `$defs` of that file
 * @throws Error when a reference leads nowhere or in a circle
 */
export function wholeSchema(schema: JsonSchema, definitions: Record<string, JsonSchema>): JsonSchema {
  const { unevaluatedProperties: closed, ...whole } = resolve(schema, definitions, [])
  // One flat object: `additionalProperties` says the same and more tools understand it.
  return { ...whole, additionalProperties: closed }
}

function resolve(
  schema: JsonSchema,
  definitions: Record<string, JsonSchema>,
  trail: readonly string[],
): JsonSchema {
  const { $ref: reference, ...rest } = schema
  const own = Object.fromEntries(
    Object.entries(rest).map(([keyword, value]) => [
      keyword,
      isSchema(value) ? resolve(value, definitions, trail) : value,
    ]),
  )
  if (typeof reference !== 'string') return own
  if (trail.includes(reference)) throw new Error(`${reference} refers to itself.`)
  const target = definitions[reference.replace(/^.*#\/\$defs\//, '')]
  if (target === undefined) throw new Error(`${reference} is not defined.`)
  return extend(resolve(target, definitions, [...trail, reference]), own)
}

/** A schema that holds where both hold; where both describe, the more particular one is heard. */
function extend(base: JsonSchema, own: JsonSchema): JsonSchema {
  const whole = { ...base, ...own }
  if (isSchema(base.properties) && isSchema(own.properties)) {
    whole.properties = { ...base.properties, ...own.properties }
  }
  if (base.required && own.required) whole.required = [...new Set([...base.required, ...own.required])]
  return whole
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
