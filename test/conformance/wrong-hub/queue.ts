/** So many tasks at a time, the others in turn. */
export type Queue = <T>(task: () => Promise<T>) => Promise<T>

export function startQueue(limit: number): Queue {
  const waiting: (() => void)[] = []
  let running = 0
  return async (task) => {
    if (running >= limit) await new Promise<void>((resolve) => waiting.push(resolve))
    else running += 1
    try {
      return await task()
    } finally {
      // Whoever is next takes this one's place.
      const next = waiting.shift()
      if (next === undefined) running -= 1
      else next()
    }
  }
}
