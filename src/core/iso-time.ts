/** Times as operators write them: ISO 8601 with a zone (RFC 3339), or a day alone, which begins in UTC. */

const FORM = /^(\d{4})-(\d\d)-(\d\d)(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/

/** @returns milliseconds since 1970; undefined when it is no such time, or none that there is */
export function parseIsoTime(text: string): number | undefined {
  const [, year, month, day] = FORM.exec(text)?.map(Number) ?? []
  if (year === undefined || month === undefined || day === undefined) return undefined
  const at = Date.parse(text)
  // The 30th of February would be taken for the 2nd of March.
  const exists = new Date(Date.UTC(year, month - 1, day)).getUTCDate() === day
  return exists && !Number.isNaN(at) ? at : undefined
}
