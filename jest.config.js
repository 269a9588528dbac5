const common = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  modulePathIgnorePatterns: ['<rootDir>/.lockstep/', '/dist/'],
  transform: {
    '\\.ts$': ['@swc/jest', { jsc: { target: 'es2024', parser: { syntax: 'typescript' } }, module: { type: 'es6' } }],
  },
}
const folders = '{packages,services,e2e,bench,k8s}'
const tier = (displayName, { testTimeout, testPathIgnorePatterns = [] }) => ({
  ...common,
  displayName,
  testMatch: ['src', 'test']
    .map((folder) => `<rootDir>/${folders}/**/${folder}/**/*${suffixOf(displayName)}`)
    .concat(`<rootDir>/scripts/**/*${suffixOf(displayName)}`),
  testPathIgnorePatterns: ['/node_modules/', ...testPathIgnorePatterns],
  testTimeout,
})
const suffixOf = (name) => (name === 'unit' ? '.test.ts' : `.${name}.test.ts`)

/**
 * The tier of a test is its suffix: no I/O, real Postgres, a whole service, the constellation, a real browser.
 * scripts/test.ts starts the servers the tiers need and names them in TEST_POSTGRES_URL and TEST_NATS_URL.
 */
export default {
  projects: [
    tier('unit', { testTimeout: 20_000, testPathIgnorePatterns: ['\\.(pg|it|e2e|browser)\\.test\\.ts$'] }),
    tier('pg', { testTimeout: 30_000 }),
    tier('it', { testTimeout: 60_000 }),
    tier('e2e', { testTimeout: 120_000 }),
    tier('browser', { testTimeout: 120_000 }),
  ],
}
