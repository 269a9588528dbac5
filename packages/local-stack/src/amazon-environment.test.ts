import { expect, test } from '@jest/globals'
import { amazonEnvironment, namesOwnAmazon } from './amazon-environment.ts'

const simulator = 'http://127.0.0.1:7200'
const stack = { simulatorUrl: simulator, consoleUrl: 'http://127.0.0.1:7100' }

test('without settings the connector is pointed at the simulator', () => {
  expect(amazonEnvironment(stack, { PATH: '/bin', AMAZON_ENDPOINT: '' })).toMatchObject({
    AMAZON_ENDPOINT: simulator,
    AMAZON_LWA_ENDPOINT: `${simulator}/auth/o2/token`,
    AMAZON_LWA_CLIENT_ID: expect.any(String),
    AMAZON_SELLER_CENTRAL: simulator,
    AMAZON_REDIRECT_URI: 'http://127.0.0.1:7100/amazon/authorised',
  })
  expect(namesOwnAmazon(simulator, { PATH: '/bin', AMAZON_ENDPOINT: '' })).toBe(false)
})

test('the simulator’s own address is no other Amazon', () => {
  expect(namesOwnAmazon(simulator, { AMAZON_ENDPOINT: simulator })).toBe(false)
})

test('for Amazon itself nothing is added: the connector asks for what is missing', () => {
  const env = { AMAZON_ENDPOINT: 'https://sandbox.sellingpartnerapi-eu.amazon.com' }

  expect(namesOwnAmazon(simulator, env)).toBe(true)
  expect(amazonEnvironment(stack, env)).toEqual({})
  expect(amazonEnvironment(stack, { AMAZON_LWA_CLIENT_ID: 'mine' })).toEqual({})
})

test('another simulator is completed, and what the user has set stands', () => {
  const env = { AMAZON_ENDPOINT: 'http://127.0.0.1:9000/', AMAZON_LWA_CLIENT_ID: 'mine' }

  expect(namesOwnAmazon(simulator, env)).toBe(true)
  expect(amazonEnvironment(stack, env)).toEqual({
    AMAZON_LWA_ENDPOINT: 'http://127.0.0.1:9000/auth/o2/token',
    AMAZON_LWA_CLIENT_SECRET: expect.any(String),
    AMAZON_APPLICATION_ID: expect.any(String),
    AMAZON_SELLER_CENTRAL: 'http://127.0.0.1:9000/',
    AMAZON_REDIRECT_URI: expect.any(String),
  })
})
