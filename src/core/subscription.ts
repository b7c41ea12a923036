/** A subscription is a callback on a topic (WebSub §5.1): the pair is its key. */

/** What a subscription's sealed secret is bound to: in another row it does not open. */
export const secretContext = (topic: string, callback: string): string => `secret of ${callback} on ${topic}`
