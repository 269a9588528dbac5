import { expect, test } from '@jest/globals'
import { amazonEnvironment, namesOwnAmazon } from './amazon-environment.ts'

const simulator = 'http://127.0.0.1:7200'

test('without settings the connector is pointed at the simulator', () => {
  expect(amazonEnvironment(simulator, { PATH: '/bin' })).toMatchObject({ AMAZON_ENDPOINT: simulator })
  expect(namesOwnAmazon({ PATH: '/bin', AMAZON_ENDPOINT: '' })).toBe(false)
})

test('an Amazon of the user’s own is left exactly as set', () => {
  const env = { AMAZON_ENDPOINT: 'https://sandbox.sellingpartnerapi-eu.amazon.com' }

  expect(namesOwnAmazon(env)).toBe(true)
  expect(amazonEnvironment(simulator, env)).toEqual({})
})
