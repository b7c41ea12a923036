/** The command line → options. */
import { parseArgs } from 'node:util'
import { DEFAULTS, type Options } from './options.ts'

export interface Command {
  options: Options
  only: string[]
  form: 'lines' | 'json' | 'report' | 'list' | 'help'
}

export class UsageError extends Error {}

export const USAGE = `npm run conformance -- <hub url> [options]

  --header 'Name: value'   sent with every request to the hub; may be repeated
  --publish <parameter>    hub.topic (default) or hub.url: names the topic in a ping
  --only <names>           checks by id, section, point, "must" or "strict"; separated by commas
  --host, --port           where topics and callbacks are served (127.0.0.1, any free port)
  --base-url <url>         how the hub reaches that server, where it is behind something
  --own-topic <url>        a topic page that the hub itself serves
  --patience <seconds>     for what should come (15): retries, deliveries, answers
  --quiet <seconds>        of nothing, where nothing should come (5)
  --settle <seconds>       that the hub has to note what it was told (1)
  --lease <seconds>        asked for where the end of a lease is waited for (4)
  --jobs <number>          checks side by side (24)
  --json, --report         the results as JSON; as Markdown, in the form of the W3C's implementation reports
  --list                   the checks, without running them
  --help                   this

It ends with 0 when nothing failed, 1 when something did, 2 when it could not run.
`

const text = { type: 'string' } as const
const flag = { type: 'boolean' } as const

const GIVEN = {
  header: { type: 'string', multiple: true },
  publish: text,
  only: { type: 'string', multiple: true },
  host: text,
  port: text,
  'base-url': text,
  'own-topic': text,
  patience: text,
  quiet: text,
  settle: text,
  lease: text,
  jobs: text,
  json: flag,
  report: flag,
  list: flag,
  help: flag,
} as const

function parse(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: GIVEN, allowPositionals: true })
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

/** @throws UsageError with a sentence for whoever typed it */
export function readCommand(argv: readonly string[]): Command {
  const { values, positionals } = parse(argv)
  const form = formOf(values)
  const [hubUrl, ...more] = positionals
  if (more.length > 0) throw new UsageError(`One hub at a time: ${more.join(' ')} is too much.`)
  if (hubUrl === undefined && form !== 'list' && form !== 'help')
    throw new UsageError('The URL of the hub is missing.')
  const publish = values.publish ?? DEFAULTS.publish
  if (publish !== 'hub.url' && publish !== 'hub.topic') {
    throw new UsageError('--publish is neither hub.url nor hub.topic.')
  }
  const baseUrl = values['base-url']
  const ownTopic = values['own-topic']
  return {
    options: {
      hubUrl: hubUrl === undefined ? '' : requireUrl('The hub', hubUrl),
      headers: (values.header ?? []).map(readHeader),
      publish,
      host: values.host ?? DEFAULTS.host,
      port: whole('--port', values.port, DEFAULTS.port, 0, 65_535),
      patience: seconds('--patience', values.patience, DEFAULTS.patience),
      quiet: seconds('--quiet', values.quiet, DEFAULTS.quiet),
      settle: seconds('--settle', values.settle, DEFAULTS.settle),
      lease: whole('--lease', values.lease, DEFAULTS.lease, 1),
      jobs: whole('--jobs', values.jobs, DEFAULTS.jobs, 1),
      ...(baseUrl !== undefined && { baseUrl: requireUrl('--base-url', baseUrl).replace(/\/+$/, '') }),
      ...(ownTopic !== undefined && { ownTopic: requireUrl('--own-topic', ownTopic) }),
    },
    only: (values.only ?? []).flatMap((names) => names.split(',')).map((name) => name.trim()),
    form,
  }
}

function formOf(values: Partial<Record<'json' | 'report' | 'list' | 'help', boolean>>): Command['form'] {
  const given = (['json', 'report', 'list', 'help'] as const).filter((form) => values[form] === true)
  if (given.length > 1) throw new UsageError(`One form at a time: --${given.join(', --')} are too many.`)
  return given[0] ?? 'lines'
}

function requireUrl(what: string, given: string): string {
  if (!/^https?:\/\//i.test(given) || !URL.canParse(given)) {
    throw new UsageError(`${what} is no http or https URL: ${given}`)
  }
  return given
}

function readHeader(given: string): [string, string] {
  const [, name, value] = /^([!#$%&'*+.^_`|~\w-]+): *(.*)$/.exec(given) ?? []
  // The value is not repeated: it may be a token.
  if (name === undefined || value === undefined) throw new UsageError('--header is not "Name: value".')
  return [name, value]
}

function number(name: string, given: string | undefined, otherwise: number): number {
  if (given === undefined) return otherwise
  if (!/^\d+(\.\d+)?$/.test(given)) throw new UsageError(`${name} is no number: ${given}`)
  return Number(given)
}

function whole(
  name: string,
  given: string | undefined,
  otherwise: number,
  least: number,
  most = 1e6,
): number {
  const value = number(name, given, otherwise)
  if (Number.isInteger(value) && value >= least && value <= most) return value
  throw new UsageError(`${name} is no whole number from ${least} to ${most}: ${value}`)
}

const seconds = (name: string, given: string | undefined, otherwise: number): number =>
  1000 * number(name, given, otherwise / 1000)
