/** Waits until a state is reached that can only be asked for; fails when it is not reached in time. */
export async function until(reached: () => Promise<boolean>, { timeoutMs = 20_000 } = {}): Promise<void> {
  const deadline = performance.now() + timeoutMs
  while (!(await reached())) {
    if (performance.now() > deadline)
      throw new Error(`not reached within ${timeoutMs} ms: ${reached.toString()}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
