/** The few forms of Markdown that the page is made of. */

export const code = (text: string): string => `\`${text}\``

/** In a table even the bars inside of code must be escaped. */
const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ')

export function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]): string => `| ${cells.map(cell).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

/** The address of a heading within its page, as code hosts make it. */
export const anchor = (heading: string): string =>
  `#${heading
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, '')
    .replaceAll(' ', '-')}`

export const link = (heading: string): string => `[${heading}](${anchor(heading)})`
