/**
 * Topics by name, as WSO2 Identity Server has them: `myorg.….event.login`. A name belongs to the source whose prefix
 * it begins with, and becomes a topic when that source registers it, or publishes to it.
 */

/** No colon and no slash: a name is never mistaken for a URL. Nothing that a `Link` header could not hold. */
const NAME = /^[A-Za-z0-9][\w.~@+-]{0,1023}$/

export const isTopicName = (text: string): boolean => NAME.test(text)

/** Whether a name could belong to both prefixes. */
export const prefixesOverlap = (one: string, other: string): boolean =>
  one.startsWith(other) || other.startsWith(one)
