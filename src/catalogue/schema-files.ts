/** Reads the files of `schema/`, each checked against the form that its kind has (`schema/forms`). */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js'
import type { JsonSchema } from './flatten-schema.ts'
import { inFile, SchemaFault } from './schema-fault.ts'

export class SchemaFiles {
  readonly #directory: string
  readonly #ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true })
  readonly #checks = new Map<string, ValidateFunction>()

  /** @param directory the path of `schema/` */
  constructor(directory: string) {
    this.#directory = directory
  }

  /** @throws SchemaFault when it cannot be read or is not JSON */
  read(file: string): unknown {
    return inFile(file, undefined, (): unknown =>
      JSON.parse(readFileSync(join(this.#directory, file), 'utf8')),
    )
  }

  /**
   * The files of a folder, in the order of their names, all of the form that the file `form` describes.
   * @throws SchemaFault when one is not
   */
  readAll(folder: string, form: string): { file: string; content: unknown }[] {
    const fits = this.compile(form, this.read(form) as JsonSchema)
    const names = inFile(folder, undefined, () => readdirSync(join(this.#directory, folder)))
    return names
      .filter((name) => name.endsWith('.json'))
      .sort()
      .map((name) => {
        const file = `${folder}/${name}`
        const content = this.read(file)
        if (!fits(content)) throw new SchemaFault(file, problems(fits.errors).join('; '))
        return { file, content }
      })
  }

  /**
   * Compiling is most of the time that a start takes, and many events have the same claims: a schema that was
   * seen before is not compiled again.
   * @throws SchemaFault naming the file when this is no JSON Schema
   */
  compile(file: string, schema: JsonSchema): ValidateFunction {
    const text = JSON.stringify(schema)
    const check = this.#checks.get(text) ?? inFile(file, undefined, () => this.#ajv.compile(schema))
    this.#checks.set(text, check)
    return check
  }
}

/** What a validation found, a sentence each; says where and what, never the value that was found. */
export function problems(errors: readonly ErrorObject[] | null | undefined): string[] {
  return (errors ?? []).map((error) => {
    const extra: unknown = error.params.additionalProperty
    const name = typeof extra === 'string' ? ` (${extra})` : ''
    return `${error.instancePath || 'it'} ${error.message ?? 'is not valid'}${name}`
  })
}
