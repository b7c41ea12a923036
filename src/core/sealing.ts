/**
 * What a sealed text is bound to: in another row, or another column, it does not open.
 */
export const secretContext = (topic: string, callback: string): string => `secret of ${callback} on ${topic}`

export const sourceAuthContext = (source: string): string => `auth of source ${source}`

export const webhookHeadersContext = (webhook: string): string => `headers of webhook ${webhook}`

export const webhookSecretContext = (webhook: string): string => `secret of webhook ${webhook}`

export const contentContext = (jti: string): string => `content of ${jti}`

export const signingKeyContext = (kid: string): string => `signing key ${kid}`
