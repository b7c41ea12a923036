/** A file of `schema/` that cannot be used: the hub does not start with a promise that it cannot keep. */
export class SchemaFault extends Error {
  /**
   * @param file relative to `schema/`
   * @param fault what is wrong with it, and where
   */
  constructor(file: string, fault: string, options?: ErrorOptions) {
    super(`schema/${file}: ${fault}`, options)
    this.name = 'SchemaFault'
  }
}

/** Does a step of reading a file, so that whatever goes wrong in it names the file and the place. */
export function inFile<T>(file: string, place: string | undefined, step: () => T): T {
  try {
    return step()
  } catch (error) {
    if (error instanceof SchemaFault) throw error
    const fault = error instanceof Error ? error.message : 'cannot be read'
    throw new SchemaFault(file, place === undefined ? fault : `${place}: ${fault}`, { cause: error })
  }
}
