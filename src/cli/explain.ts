import { readFile } from 'node:fs/promises'
import { buffer } from 'node:stream/consumers'
import { getSystemErrorMessage } from 'node:util'
import { shippedCatalogue } from '../catalogue/catalogue.ts'
import { Refusal } from '../core/errors.ts'
import { DISCLOSABLE, DISCLOSED_BY_DEFAULT, type Disclosable } from '../core/source.ts'
import { faultOfKnown } from '../core/mapping.ts'
import { faultOfStated } from '../core/stated.ts'
import { ID } from '../core/topic.ts'
import { providers } from '../providers/index.ts'
import type { Provider } from '../providers/provider.ts'
import { readArguments } from './arguments.ts'
import { type Command, type Terminal, UsageError } from './command.ts'
import { explanation } from './explanation.ts'
import { inWords } from './explanation-text.ts'

const DEFAULTS = {
  source: 'example',
  tenant: 'example',
  issuer: 'https://idp.example',
  url: 'http://localhost:8080',
  disclose: DISCLOSED_BY_DEFAULT.join(','),
}

export const explain: Command = {
  usage: 'explain <provider> <file|-> [options]',
  about: 'shows what a payload of a provider would become, and why; publishes nothing',
  options: [
    `<provider>         ${[...providers.keys()].join(', ')}`,
    '<file|->           the request body as the provider sends it; - reads standard input',
    `--source <id>      the source's id (${DEFAULTS.source})`,
    `--tenant <id>      its tenant (${DEFAULTS.tenant})`,
    `--issuer <url>     its issuer (${DEFAULTS.issuer})`,
    `--disclose <list>  personal fields that may pass (${DEFAULTS.disclose}); of ${DISCLOSABLE.join(', ')}; '' for none`,
    `--url <url>        the hub's public URL (${DEFAULTS.url})`,
    '--publish-unmapped  what the catalogue does not know is published as such',
    '--json             as JSON, a list of the native events in the payload',
  ],

  async run(args, terminal) {
    const { values, positionals } = readArguments({
      args,
      allowPositionals: true,
      options: {
        source: { type: 'string', default: DEFAULTS.source },
        tenant: { type: 'string', default: DEFAULTS.tenant },
        issuer: { type: 'string', default: DEFAULTS.issuer },
        disclose: { type: 'string', default: DEFAULTS.disclose },
        url: { type: 'string', default: DEFAULTS.url },
        'publish-unmapped': { type: 'boolean', default: false },
        json: { type: 'boolean' },
      },
    })
    const [name, file, ...more] = positionals
    if (name === undefined || file === undefined || more.length > 0) {
      throw new UsageError('Give a provider and a file, as in: signet explain casdoor login.json.')
    }
    const provider = known(name)
    const setting = {
      source: {
        id: id('source', values.source),
        tenant: id('tenant', values.tenant),
        provider: name,
        issuer: url('issuer', values.issuer),
        disclose: disclosed(values.disclose),
        publishUnmapped: values['publish-unmapped'],
      },
      url: url('url', values.url).replace(/\/+$/, ''),
      catalogue: shippedCatalogue(),
    }
    const body = await bytes(file, terminal)
    const natives = provider.read({ headers: {}, body, receivedAt: Date.now() })
    const unread = faultOfKnown(natives, setting.catalogue.mapping(name))
    if (unread !== undefined) throw unread
    const fault = faultOfStated(natives, setting.source, setting.catalogue)
    if (fault !== undefined) throw new Refusal('malformed', fault)
    const explained = natives.map((native) => explanation(native, setting))
    terminal.print(
      values.json === true ? `${JSON.stringify(explained, null, 2)}\n` : explained.map(inWords).join('\n'),
    )
  },
}

function known(name: string): Provider {
  const provider = providers.get(name)
  if (provider !== undefined) return provider
  throw new UsageError(
    `There is no provider ${JSON.stringify(name)}; there are ${[...providers.keys()].join(', ')}.`,
  )
}

function id(option: string, value: string): string {
  if (ID.test(value)) return value
  throw new UsageError(`--${option} is no id: small letters, digits and hyphens, at most 63.`)
}

function url(option: string, value: string): string {
  if (/^https?:\/\/[!-~]+$/.test(value)) return value
  throw new UsageError(`--${option} is no http(s) URL.`)
}

function disclosed(list: string): Disclosable[] {
  return list
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
    .map((name) => {
      const field = DISCLOSABLE.find((one) => one === name)
      if (field !== undefined) return field
      throw new UsageError(
        `--disclose knows no field ${JSON.stringify(name)}; there are ${DISCLOSABLE.join(', ')}.`,
      )
    })
}

async function bytes(file: string, { stdin }: Terminal): Promise<Buffer> {
  if (file !== '-') {
    return readFile(file).catch((error: unknown) => {
      throw new Error(`${file} cannot be read: ${reason(error)}.`, { cause: error })
    })
  }
  return buffer(stdin)
}

function reason(error: unknown): string {
  const { errno } = error as NodeJS.ErrnoException
  return errno === undefined ? 'it is not known why' : getSystemErrorMessage(errno)
}
