/** The attempts of a delivery, a line of JSON each: written with the delivery, read with it, gone with it. */
import type { Receipt } from '../core/delivery-ports.ts'

type Line = [at: number, ms: number, status: number | null, outcome: string, said?: string]

export const logLine = ({ at, ms, status, outcome, said }: Receipt): string => {
  const line: Line = [at, ms, status ?? null, outcome]
  return `${JSON.stringify(said === undefined ? line : [...line, said])}\n`
}

/** @param log lines as they were written, the oldest first */
export function readLog(log: string): Receipt[] {
  const lines = log.split('\n').slice(0, -1)
  return lines.map((line) => {
    const [at, ms, status, outcome, said] = JSON.parse(line) as Line
    return { at, ms, outcome, ...(status !== null && { status }), ...(said !== undefined && { said }) }
  })
}
