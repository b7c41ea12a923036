/** A folder on a disk, and everything that was started for a scenario: it all ends together. */
import { cpSync, mkdtempSync, rmSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** `f_type` of file systems that are memory: what is "on the disk" there costs nothing. */
const IN_MEMORY = new Map([
  [0x01021994, 'tmpfs'],
  [0x858458f6, 'ramfs'],
])

interface Scratch {
  folder: string
  /** Where it is, for whoever reads the figures. */
  disk: string
  remove(): void
}

/** Made below the system's temporary folder, or in `/var/tmp` where that one is memory. */
export function makeScratch(): Scratch {
  const places = [tmpdir(), '/var/tmp', process.cwd()]
  const real = places.find((place) => memoryOf(place) === undefined)
  const place = real ?? tmpdir()
  const folder = mkdtempSync(join(place, 'signet-bench-'))
  const kind = memoryOf(place)
  return {
    folder,
    disk: kind === undefined ? `a disk (${place})` : `${kind} (${place}): commits cost nothing there`,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

function memoryOf(place: string): string | undefined {
  try {
    return IN_MEMORY.get(statfsSync(place).type)
  } catch {
    return 'nothing'
  }
}

export class Workplace {
  readonly #scratch: string
  readonly #ends: (() => Promise<void>)[] = []
  readonly #folders: string[] = []

  constructor(scratch: string) {
    this.#scratch = scratch
  }

  /** One for a part of this one's time. */
  within(): Workplace {
    return this.keep(new Workplace(this.#scratch))
  }

  /** A new folder, empty or a copy of another. */
  folder(like?: string): string {
    const folder = mkdtempSync(join(this.#scratch, 'store-'))
    this.#folders.push(folder)
    if (like !== undefined) cpSync(like, folder, { recursive: true })
    return folder
  }

  /** Ends with the workplace. */
  keep<T extends { kill(): Promise<void> }>(part: T): T {
    this.#ends.unshift(() => part.kill())
    return part
  }

  /** Ends what is kept, the last first, and removes the folders. */
  async kill(): Promise<void> {
    for (const end of this.#ends.splice(0)) await end()
    for (const folder of this.#folders.splice(0)) rmSync(folder, { recursive: true, force: true })
  }
}
