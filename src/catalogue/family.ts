/**
 * Many native events differ in a word only (`add-role`, `delete-cert`, …). A mapping says such a family
 * once, with placeholders; here it becomes its members, so that every native name is checked and listed.
 */

/** An entry of a mapping file that may stand for several. */
export interface Family {
  native: string
  /** What each placeholder stands for: in `native` the key, in the rest of the entry the value. */
  each?: Record<string, Record<string, string>>
}

export function members<T extends Family>(family: T): Omit<T, 'each'>[] {
  const { each = {}, ...entry } = family
  return Object.entries(each).reduce<Omit<T, 'each'>[]>(
    (entries, [placeholder, words]) =>
      entries.flatMap((known) =>
        Object.entries(words).map(([key, value]) => ({
          ...fill(known, placeholder, value),
          native: known.native.replaceAll(`{${placeholder}}`, key),
        })),
      ),
    [entry],
  )
}

/** A copy in which every text has the placeholder filled. */
function fill<T>(value: T, placeholder: string, word: string): T {
  const text = JSON.stringify(value)
  // Inserted as the inside of a JSON text, so that a quote in a word stays a quote.
  return JSON.parse(text.replaceAll(`{${placeholder}}`, () => JSON.stringify(word).slice(1, -1))) as T
}
