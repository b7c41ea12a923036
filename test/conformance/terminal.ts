/** What someone who watches a run sees: one line that changes, on a terminal alone. */
import { failed, type Progress } from './run.ts'

const COLUMNS = 80

/** @param total checks that will be run */
export function progressOn(
  stream: Pick<NodeJS.WriteStream, 'isTTY' | 'columns'> & { write(text: string): boolean },
  total: number,
): Progress {
  const running = new Set<string>()
  let ended = 0
  let failures = 0
  const draw = () => {
    if (!stream.isTTY) return
    const text = `${ended} of ${total} done, ${failures} failed; ${[...running].join(', ')}`
    // Cut off rather than wrapped: what stands on a second line could not be taken away.
    stream.write(`\r\x1b[K${ended === total ? '' : text.slice(0, (stream.columns || COLUMNS) - 1)}`)
  }
  return {
    started({ id }) {
      running.add(id)
      // All that may run side by side start at once.
      if (running.size === 1) draw()
    },
    ended(result) {
      running.delete(result.check.id)
      ended += 1
      failures += failed(result) ? 1 : 0
      draw()
    },
    unvisited(origin) {
      stream.write(
        `The hub never came to ${origin}, where the suite serves its topics and callbacks: --host, --port and --base-url say how it gets there.\n`,
      )
    },
  }
}
