/** Prometheus' text format, version 0.0.4, read strictly: whatever a scraper might stumble over is an error. */

export interface Sample {
  name: string
  labels: Partial<Record<string, string>>
  value: number
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*'
const HEAD = new RegExp(`^# (HELP|TYPE) (${NAME}) (.+)$`)
const SAMPLE = new RegExp(`^(${NAME})(?:\\{(.*)\\})? (\\S+)$`)
const LABEL = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)/
const VALUE = /^(NaN|[+-]Inf|[+-]?\d+(\.\d+)?(e[+-]?\d+)?)$/

/** What a family's samples are called behind its name. */
const SUFFIXES: Record<string, readonly string[]> = {
  counter: [''],
  gauge: [''],
  histogram: ['_bucket', '_sum', '_count'],
}

/** @throws Error that names the line at fault */
export function readPrometheus(text: string): Sample[] {
  if (!text.endsWith('\n')) throw new Error('the last line does not end')
  const samples: Sample[] = []
  const seen = new Set<string>()
  let family = { name: '', type: '' }
  const readLine = (line: string): string | undefined => {
    const [, keyword, name = '', rest = ''] = HEAD.exec(line) ?? []
    if (keyword === 'HELP') {
      family = { name, type: '' }
      return seen.size === seen.add(name).size ? 'a family stands twice' : undefined
    }
    if (keyword === 'TYPE') {
      const isInPlace = family.name === name && family.type === '' && rest in SUFFIXES
      family = { name, type: rest }
      return isInPlace ? undefined : 'a type out of place'
    }
    const sample = readSample(line)
    if (sample === undefined) return 'not a sample'
    if (!SUFFIXES[family.type]?.some((suffix) => sample.name === `${family.name}${suffix}`))
      return 'not of its family'
    samples.push(sample)
    const key = `${sample.name} ${JSON.stringify(Object.entries(sample.labels).sort())}`
    return seen.size === seen.add(key).size ? 'a sample stands twice' : undefined
  }
  for (const line of text.split('\n').filter((each) => each !== '')) {
    const fault = readLine(line)
    if (fault !== undefined) throw new Error(`${fault}: ${line}`)
  }
  for (const last of samples.filter(({ labels }) => labels.le === '+Inf')) checkBuckets(samples, last)
  return samples
}

function readSample(line: string): Sample | undefined {
  const [, name, inBraces = '', value = ''] = SAMPLE.exec(line) ?? []
  if (name === undefined || !VALUE.test(value)) return undefined
  const labels: Sample['labels'] = {}
  let left = inBraces
  while (left !== '') {
    const [whole, label, text] = LABEL.exec(left) ?? []
    if (whole === undefined || label === undefined || text === undefined || label in labels) return undefined
    labels[label] = text
    left = left.slice(whole.length)
  }
  return { name, labels, value: Number(value.replace('Inf', 'Infinity')) }
}

/** Buckets grow with their bounds, and the last holds everything that was counted. */
function checkBuckets(samples: Sample[], { name, labels, value: all }: Sample): void {
  const rest = ({ le, ...others }: Sample['labels']) => JSON.stringify(Object.entries(others).sort())
  const same = (sample: Sample) => rest(sample.labels) === rest(labels)
  const buckets = samples.filter((sample) => sample.name === name && same(sample)).map(({ value }) => value)
  const count = samples.find((sample) => sample.name === name.replace(/_bucket$/, '_count') && same(sample))
  if (buckets.some((value, n) => value < (buckets[n - 1] ?? 0)) || count?.value !== all)
    throw new Error(`the buckets of ${name} do not add up`)
}

/** The sum of all samples of this name whose labels are so, whatever others they have. */
export const sumOf = (samples: Sample[], name: string, labels: Record<string, string> = {}): number =>
  samples
    .filter((sample) => sample.name === name)
    .filter((sample) => Object.entries(labels).every(([label, value]) => sample.labels[label] === value))
    .reduce((sum, { value }) => sum + value, 0)
