/** `npm run docs`: writes the pages that follow from `schema/`; a test fails while one is not fresh. */
import { writeFileSync } from 'node:fs'
import { shippedCatalogue } from '../src/catalogue/catalogue.ts'
import { providers } from '../src/providers/index.ts'
import { eventsPage } from './events-page/page.ts'

const catalogue = shippedCatalogue()
// Those that speak the hub's own words have nothing to be mapped.
const mapped = [...providers.keys()].filter((name) => catalogue.mapping(name) !== undefined)
const page = eventsPage(catalogue, mapped)
writeFileSync(new URL('../docs/events.md', import.meta.url), page)
