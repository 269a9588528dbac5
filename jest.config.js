const common = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  modulePathIgnorePatterns: ['<rootDir>/.lockstep/', '/dist/'],
  transform: {
    '\\.ts$': ['@swc/jest', { jsc: { target: 'es2024', parser: { syntax: 'typescript' } }, module: { type: 'es6' } }],
  },
}
const folders = '{packages,services,e2e,bench,k8s}'
const tier = (displayName, { testTimeoutMs, testPathIgnorePatterns = [] }) => ({
  ...common,
  displayName,
  testMatch: ['src', 'test']
    .map((folder) => `<rootDir>/${folders}/**/${folder}/**/*${suffixOf(displayName)}`)
    .concat(`<rootDir>/scripts/**/*${suffixOf(displayName)}`),
  testPathIgnorePatterns: ['/node_modules/', ...testPathIgnorePatterns],
  globals: { testTimeoutMs },
  setupFilesAfterEnv: ['<rootDir>/scripts/jest-timeout.ts'],
})
const suffixOf = (name) => (name === 'unit' ? '.test.ts' : `.${name}.test.ts`)

/**
 * The tier of a test is its suffix: no I/O, real Postgres, a whole service, the constellation, a real browser.
 * scripts/test.ts starts the servers the tiers need and names them in TEST_POSTGRES_URL and TEST_NATS_URL.
 */
export default {
  projects: [
    tier('unit', { testTimeoutMs: 60_000, testPathIgnorePatterns: ['\\.(pg|it|e2e|browser)\\.test\\.ts$'] }),
    tier('pg', { testTimeoutMs: 120_000 }),
    tier('it', { testTimeoutMs: 180_000 }),
    tier('e2e', { testTimeoutMs: 300_000 }),
    tier('browser', { testTimeoutMs: 300_000 }),
  ],
}
