/** `npm run docs`: writes the pages that follow from `schema/`; a test fails while one is not fresh. */
import { writeFileSync } from 'node:fs'
import { loadCatalogue } from '../src/catalogue/catalogue.ts'
import { providers } from '../src/providers/index.ts'
import { eventsPage } from './events-page/page.ts'

const page = eventsPage(loadCatalogue(), [...providers.keys()])
writeFileSync(new URL('../docs/events.md', import.meta.url), page)
