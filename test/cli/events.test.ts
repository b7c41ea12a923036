import { expect, it } from 'vitest'
import { catalogue } from '../providers/fixture.ts'
import { printed } from './terminal.ts'

it('lists every event on a line of its own', async () => {
  const lines = (await printed(['events'])).trimEnd().split('\n')
  expect(lines).toHaveLength(catalogue.events.length)
  catalogue.events.forEach(({ category, name, uri, meaning }, index) => {
    expect(lines[index]?.split(/ {2,}/)).toEqual([`${category}/${name}`, uri, meaning])
  })
})

it('lists them as JSON', async () => {
  const listed = JSON.parse(await printed(['events', '--json'])) as object[]
  expect(listed).toHaveLength(catalogue.events.length)
  expect(listed).toContainEqual({
    event: 'login/failed',
    category: 'login',
    name: 'failed',
    uri: 'urn:signet:event:login:failed',
    meaning: 'an attempt to log in failed; the subject is what was typed, when known',
    subject: 'typed or user',
  })
})
