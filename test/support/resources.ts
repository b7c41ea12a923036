/** What an operator makes: bodies that are good, with whatever is added or changed. */

export const newSource = (changes: object = {}) => ({
  id: 'door',
  tenant: 'acme',
  provider: 'casdoor',
  issuer: 'https://door.acme.example',
  auth: { method: 'bearer', secret: 'a-secret-of-the-door' },
  ...changes,
})

export const newSubscriber = (changes: object = {}) => ({
  id: 'crm',
  tenant: 'acme',
  topics: ['user'],
  ...changes,
})
