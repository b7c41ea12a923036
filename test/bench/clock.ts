/** Milliseconds of the machine's own clock, which every process on it shares and nobody sets. */
export const monotonic = (): number => Number(process.hrtime.bigint()) / 1e6

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
