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
const stack = { globalSetup: '<rootDir>/scripts/jest-stack.ts', globalTeardown: '<rootDir>/scripts/jest-stack-stop.ts' }

/** The tier of a test is its suffix: no I/O, real Postgres, a whole service, the constellation, a real browser. */
export default {
  projects: [
    tier('unit', '.test.ts', { testPathIgnorePatterns: ['\\.(pg|it|e2e|browser)\\.test\\.ts$'] }),
    tier('pg', '.pg.test.ts', stack),
    tier('it', '.it.test.ts', stack),
    tier('e2e', '.e2e.test.ts', stack),
    tier('browser', '.browser.test.ts', stack),
  ],
}
