const common = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  modulePathIgnorePatterns: ['<rootDir>/.lockstep/', '/dist/'],
  transform: {
    '\\.ts$': ['@swc/jest', { jsc: { target: 'es2024', parser: { syntax: 'typescript' } }, module: { type: 'es6' } }],
  },
}
const folders = '{packages,services,e2e,bench,k8s}'
const tier = (displayName, suffix, more = {}) => ({
  ...common,
  displayName,
  testMatch: [`<rootDir>/${folders}/**/src/**/*${suffix}`, `<rootDir>/${folders}/**/test/**/*${suffix}`],
  ...more,
})

/**
 * The tier of a test is its suffix: no I/O, real Postgres, a whole service, the constellation, a real browser.
 * scripts/test.ts starts the servers the tiers need and names them in TEST_POSTGRES_URL and TEST_NATS_URL.
 */
export default {
  projects: [
    tier('unit', '.test.ts', { testPathIgnorePatterns: ['\\.(pg|it|e2e|browser)\\.test\\.ts$'] }),
    tier('pg', '.pg.test.ts'),
    tier('it', '.it.test.ts'),
    tier('e2e', '.e2e.test.ts'),
    tier('browser', '.browser.test.ts'),
  ],
}
