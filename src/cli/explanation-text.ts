/** An explanation as a person reads it. */
import type { ExplainedEvent, ExplainedReading, ExplainedRule, Explanation } from './explanation.ts'

const PASSED_OVER = {
  test: "passed over as a test: this is what the provider's test button sends. The hub answers 200 and publishes nothing.",
  unmapped:
    'passed over as unmapped: the hub knows no event of this name from this provider. It answers 200 and publishes nothing.',
  nothing:
    'passed over: it has its place, but means nothing this time, since the conditions of no rule hold. The hub answers 200 (unmapped) and publishes nothing.',
}

export function inWords(explanation: Explanation): string {
  const { provider, native, occurred_at: time, outcome, note, readings } = explanation
  const several = readings.length > 1
  const lines = [
    `${provider}: ${native}${time === undefined ? '' : `, at ${time}`}`,
    ...(note === undefined ? [] : [`Note: ${note}`]),
    ...readings.flatMap((reading, index) => [
      ...(several ? ['', `Occasion ${index + 1} of ${readings.length}`] : []),
      ...readingInWords(reading),
    ]),
    ...(outcome === 'events' ? [] : ['', `It would be ${PASSED_OVER[outcome]}`]),
  ]
  return `${lines.map(harmless).join('\n')}\n`
}

function readingInWords({ facts, rules, of, withheld, events, remembered }: ExplainedReading): string[] {
  const told = Object.entries(facts).map(([name, value]) => `${name} = ${String(value)}`)
  return [
    `Facts: ${told.join(', ') || 'none'}`,
    ...rules.map((rule, index) => `Rule ${index + 1} of ${of} ${ruleInWords(rule)}`),
    ...(withheld.length === 0 ? [] : [`Told, but not disclosed by the source: ${withheld.join(', ')}.`]),
    ...events.flatMap((event) => ['', ...eventInWords(event)]),
    ...(remembered.length === 0 ? [] : ['', 'A running hub remembers how the user was, and may add:']),
    ...remembered.map(({ event, condition }) => `  ${event}, when ${condition}`),
  ]
}

function ruleInWords({ decided, conditions }: ExplainedRule): string {
  if (decided && conditions.length === 0) return 'decided: it has no conditions.'
  const shown = conditions.filter(({ holds }) => holds === decided).map(({ condition }) => condition)
  return `${decided ? 'decided' : 'fails on'}: ${shown.join(', ')}.`
}

function eventInWords({
  event,
  meaning,
  uri,
  sub_id: subject,
  toe,
  topics,
  claims,
  faults,
}: ExplainedEvent): string[] {
  return [
    `→ ${event}: ${meaning}`,
    `  uri     ${uri}`,
    `  sub_id  ${JSON.stringify(subject)}`,
    ...(toe === undefined ? [] : [`  toe     ${toe}`]),
    ...topics.map((topic, index) => `  ${index === 0 ? 'topics' : '      '}  ${topic}`),
    ...Object.entries(claims).map(
      ([name, value], index) => `  ${index === 0 ? 'claims' : '      '}  ${name}: ${JSON.stringify(value)}`,
    ),
    ...(faults ?? []).map((fault) => `  fault   ${fault}: a fault of the hub, this would not be sent`),
  ]
}

/** A payload's text must not move the cursor, or turn the writing round, on the terminal of whoever looks. */
function harmless(line: string): string {
  return line.replaceAll(/\p{C}/gu, '\u{FFFD}')
}
