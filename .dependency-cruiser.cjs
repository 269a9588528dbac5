/** Which way imports may point: docs/architecture.md says why. A test in scripts/ proves that a breach fails. */
const test = '[.](test|pg[.]test|it[.]test|e2e[.]test|browser[.]test)[.]ts$'
const layer = (names) => `^services/([^/]+)/src/(${names})/`
const ownLayer = (names) => `^services/$1/src/(${names})/`
const forbidden = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to })

module.exports = {
  forbidden: [
    forbidden('no-cycle', 'Two modules that need each other are one module, or hide a third.', {}, { circular: true }),
    forbidden('no-unresolvable', 'The import leads nowhere.', {}, { couldNotResolve: true }),
    forbidden(
      'service-to-service',
      'Services speak by gRPC and events, never by import.',
      { path: '^services/([^/]+)/' },
      { path: '^services/', pathNot: '^services/$1/' },
    ),
    forbidden('package-to-service', 'Packages are below services.', { path: '^packages/' }, { path: '^services/' }),
    forbidden(
      'simulator-stands-alone',
      'The simulator knows Amazon from its documentation alone; shared code would make our tests true by construction.',
      { path: '^packages/amazon-simulator/' },
      { path: '^(packages|services)/', pathNot: '^packages/amazon-simulator/' },
    ),
    forbidden(
      'pacing-is-pure',
      'The same code runs in the service, in property tests and in simulated days: no I/O, nothing of ours.',
      { path: '^packages/pacing/', pathNot: test },
      { path: '^(packages|services)/', pathNot: '^packages/pacing/' },
    ),
    forbidden(
      'pacing-does-no-io',
      'Time and input are passed in.',
      { path: '^packages/pacing/', pathNot: test },
      { dependencyTypes: ['core'] },
    ),
    forbidden(
      'contracts-are-the-bottom',
      'Everybody builds on the contracts.',
      { path: '^packages/contracts/', pathNot: test },
      { path: '^(packages|services)/', pathNot: '^packages/contracts/' },
    ),
    forbidden(
      'testkit-only-in-tests',
      'Nothing that ships may need the test harness.',
      {
        path: '^(packages|services)/',
        pathNot: ['^packages/testkit/', test, '/test-[^/]+[.]ts$', '^services/[^/]+/test/'],
      },
      { path: '^packages/testkit/' },
    ),
    forbidden(
      'domain-stands-alone',
      'Rules are plain functions over plain data.',
      { path: layer('domain'), pathNot: test },
      {
        path: ['^services/[^/]+/src/', '^packages/'],
        pathNot: [ownLayer('domain'), '^packages/(pacing|contracts|sp-api)/'],
      },
    ),
    forbidden(
      'store-and-events-below',
      'rpc, consumers, due → commands, queries → store, events → domain',
      { path: layer('store|events'), pathNot: test },
      { path: ownLayer('rpc|consumers|due|commands|queries') },
    ),
    forbidden(
      'commands-and-queries-below',
      'rpc, consumers, due → commands, queries → store, events → domain',
      { path: layer('commands|queries'), pathNot: test },
      { path: ownLayer('rpc|consumers|due') },
    ),
    forbidden(
      'migrations-stand-alone',
      'A migration is frozen; the code around it is not.',
      { path: layer('migrations'), pathNot: test },
      { path: '^services/', pathNot: ownLayer('migrations') },
    ),
    forbidden(
      'wired-once',
      'A service is wired in service.ts; nothing below it knows the wiring.',
      { path: '^services/([^/]+)/src/[^/]+/', pathNot: test },
      { path: '^services/$1/src/(main|service)[.]ts$' },
    ),
  ],
  options: {
    doNotFollow: { path: ['node_modules', 'packages/contracts/src/generated'] },
    exclude: { path: ['/dist/', '^services/console/web/'] },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'default'] },
  },
}
