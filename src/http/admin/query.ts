/** The query of a list: what `schema/openapi.json` says that it takes. */
import type { Context } from 'koa'
import type { QueryParameter } from '../../catalogue/admin-api.ts'
import { Refusal } from '../../core/errors.ts'
import { parseIsoTime } from '../../core/iso-time.ts'
import type { PageRequest } from '../../core/list.ts'
import { operationOf } from './operation.ts'

const DEFAULT_LIMIT = 100

/** @throws Refusal `malformed` for a parameter that is unknown, repeated, or of another form */
export function pageRequest(ctx: Context): PageRequest & Record<string, unknown> {
  const { query: known } = operationOf(ctx)
  const parameters = new URLSearchParams(ctx.querystring)
  const names = [...new Set(parameters.keys())]
  if (names.some((name) => !known.has(name) || parameters.getAll(name).length > 1)) {
    throw new Refusal('malformed', `The query takes ${[...known.keys()].join(', ')}, each at most once.`)
  }
  const values = names.map((name) => {
    const form = known.get(name)
    const text = parameters.get(name) ?? ''
    return [name === 'cursor' ? 'after' : name, form === undefined ? text : valueOf(name, text, form)]
  })
  return { limit: DEFAULT_LIMIT, ...(Object.fromEntries(values) as Record<string, unknown>) }
}

function valueOf(name: string, text: string, form: QueryParameter): string | number {
  if (form.format === 'date-time') return timeOf(name, text)
  if (form.type === 'integer') return wholeNumber(name, text, form)
  if (form.enum !== undefined && !form.enum.includes(text)) {
    throw new Refusal('malformed', `${name} is not one of ${form.enum.join(', ')}.`)
  }
  return text
}

/** @throws Refusal `malformed` when it is none */
export function timeOf(name: string, text: string): number {
  const time = parseIsoTime(text)
  if (time !== undefined) return time
  throw new Refusal('malformed', `${name} is not a time with its zone, such as 2026-01-31T08:00:00Z.`)
}

function wholeNumber(name: string, text: string, { minimum = 0, maximum = 0 }: QueryParameter): number {
  const number = /^\d{1,9}$/.test(text) ? Number(text) : NaN
  if (number >= minimum && number <= maximum) return number
  throw new Refusal('malformed', `${name} is not a whole number from ${minimum} to ${maximum}.`)
}
