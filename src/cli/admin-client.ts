/** A running hub's admin API, as commands speak to it. */

interface AdminClient {
  /** @throws Error with a sentence for the operator when the hub cannot be reached, or refuses */
  ask<T>(method: 'GET' | 'POST', path: string): Promise<T>
}

const TIMEOUT_MS = 30_000

/**
 * @param env `SIGNET_URL` says where the hub is, without it the port on this machine; `SIGNET_ADMIN_TOKEN` who asks
 * @throws Error with a sentence for the operator
 */
export function adminClient(env: Record<string, string | undefined>): AdminClient {
  const set = (name: string): string | undefined => (env[name]?.trim() === '' ? undefined : env[name]?.trim())
  const base = set('SIGNET_URL') ?? `http://localhost:${set('SIGNET_PORT') ?? '8080'}`
  const token = set('SIGNET_ADMIN_TOKEN')
  if (token === undefined) throw new Error('Set SIGNET_ADMIN_TOKEN to a token of the hub that may do this.')
  if (!URL.canParse(base)) throw new Error('SIGNET_URL is not a URL.')
  return {
    async ask(method, path) {
      const url = `${base.replace(/\/+$/, '')}/admin/v1${path}`
      const headers = { Authorization: `Bearer ${token}` }
      let answer: Response
      try {
        const signal = AbortSignal.timeout(TIMEOUT_MS)
        answer = await fetch(url, { method, headers, redirect: 'error', signal })
      } catch (error) {
        throw new Error(`No hub can be reached at ${base}; is it running, and is SIGNET_URL right?`, {
          cause: error,
        })
      }
      const text = await answer.text()
      if (answer.ok) return JSON.parse(text) as never
      throw new Error(`The hub answered ${answer.status}: ${detailOf(text)}`)
    },
  }
}

/** The sentence of a problem (RFC 9457), or nothing where something else answered. */
function detailOf(text: string): string {
  try {
    return (JSON.parse(text) as { detail?: string }).detail ?? 'it does not say why.'
  } catch {
    return 'this is not the admin API of a hub.'
  }
}
