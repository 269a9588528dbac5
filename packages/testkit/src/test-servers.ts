/** Where the servers of this test run listen. `npm test` starts them and sets both variables; whoever runs jest by hand sets them to servers of their own. */
export function testPostgresUrl(): string {
  return required('TEST_POSTGRES_URL')
}

/** The NATS server of this test run, without credentials: every suite takes an account of its own through `createSuiteBus`. */
export function testNatsUrl(): string {
  return required('TEST_NATS_URL')
}

function required(name: string): string {
  const value = process.env[name]
  if (!value) throw new Error(`${name} is not set: run \`npm test\`, which starts the servers the tests need`)
  return value
}
