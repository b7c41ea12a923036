/** The results as Markdown, in the form in which the W3C's working group collected reports of hubs. */
import type { Outcome } from './check.ts'
import { kindOf, saidOf, summary } from './results.ts'
import type { Result } from './run.ts'

interface Item {
  text: string
  /** All of these passed. */
  ids: readonly string[]
  /** What this one saw is told below. */
  detail?: string
}

const SECTIONS: readonly { heading: string; items: readonly Item[] }[] = [
  {
    heading: 'Subscription',
    items: [
      { text: '100: Takes subscriptions of a callback to a topic', ids: ['websub.rocks/100'] },
      { text: '101: Takes subscriptions with a secret', ids: ['websub.rocks/101'] },
      { text: '102: Overlooks parameters that it does not know', ids: ['websub.rocks/102'] },
      { text: '103: Lets a running subscription be asked for again', ids: ['websub.rocks/103'] },
      { text: '104: Lets subscribers leave', ids: ['websub.rocks/104'] },
      {
        text: 'Grants the lease that a subscriber asks for, and keeps to it',
        ids: ['distribution/lease-end', 'subscribing/renewal'],
        detail: 'verification/parameters',
      },
      {
        text: 'Verifies what subscribers mean, by an exact challenge',
        ids: [
          'verification/parameters',
          'verification/exact-challenge',
          'verification/unsubscribe',
          'verification/unsubscribe-exact',
        ],
      },
      { text: 'Tells a callback that its subscription is denied', ids: ['denial/parameters'] },
    ],
  },
  {
    heading: 'Distribution',
    items: [
      {
        text: '100, 105, 106: Delivers with the topic’s own content type',
        ids: ['websub.rocks/105', 'websub.rocks/106', 'distribution/content-type'],
      },
      { text: '100: Delivers the topic’s whole content', ids: ['websub.rocks/100', 'distribution/bytes'] },
      {
        text: '101: Delivers with a signature that fits',
        ids: ['websub.rocks/101', 'distribution/signature'],
        detail: 'distribution/signature-method',
      },
      { text: 'Links to itself and to the topic', ids: ['distribution/links'] },
      {
        text: 'Tries again what was not taken, and goes on after',
        ids: ['distribution/retry', 'distribution/next-after-failure'],
      },
      { text: 'Sends only what is new of a feed', ids: [] },
    ],
  },
]

export function asReport(hub: string, results: readonly Result[]): string {
  const byId = new Map(results.map((result) => [result.check.id, result]))
  const checklist = SECTIONS.map(({ heading, items }) =>
    [`## ${heading}`, '', ...items.flatMap((item) => itemLines(item, byId)), ''].join('\n'),
  )
  return [
    '# (name of the hub)',
    '',
    'Home page: (URL)',
    '',
    'Source code: (URL, if it is public)',
    '',
    '- [ ] All of the source is open',
    '',
    'Programming languages: (…)',
    '',
    'Developers: (names and pages)',
    '',
    'Where the answers come from:',
    '',
    `- [x] Seen from outside by Signet’s conformance suite, at <${hub}>`,
    '- [ ] Confirmed by websub.rocks',
    '- [ ] Reported by its developers',
    '',
    ...checklist,
    '## Everything that was looked at',
    '',
    '| point | check | the hub … | result |',
    '| ----- | ----- | --------- | ------ |',
    ...results.map(tableRow),
    '',
    summary(results),
  ].join('\n')
}

function itemLines({ text, ids, detail }: Item, byId: ReadonlyMap<string, Result>): string[] {
  const outcomes = ids.map((id) => byId.get(id)?.outcome ?? { notApplicable: `${id} was not run` })
  const failure = outcomes.find((outcome) => kindOf(outcome) === 'fail')
  const open = outcomes.find((outcome) => kindOf(outcome) === 'not applicable')
  const seen = detail === undefined ? undefined : byId.get(detail)
  const below = seen === undefined ? undefined : saidOf(seen.outcome)
  return [itemLine(text, failure ?? open, ids.length > 0), ...(below === undefined ? [] : [`  - ${below}`])]
}

function itemLine(text: string, but: Outcome | undefined, lookedAt: boolean): string {
  if (!lookedAt) return `- [na] ${text}: not looked at`
  if (but === undefined) return `- [x] ${text}`
  return `- [${kindOf(but) === 'fail' ? ' ' : 'na'}] ${text}: ${saidOf(but) ?? ''}`
}

function tableRow({ check: { id, point, title }, outcome }: Result): string {
  const said = saidOf(outcome)
  const result = said === undefined ? kindOf(outcome) : `${kindOf(outcome)}: ${said}`
  return `| ${point} | ${id} | ${title} | ${result.replaceAll('|', '\\|').replaceAll('\n', ' ')} |`
}
