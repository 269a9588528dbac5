/** Writes the contracts' code and their descriptors, from which servers answer reflection. */
import { spawnSync } from 'node:child_process'

for (const args of [['generate'], ['build', '-o', 'packages/contracts/src/generated/descriptors.binpb']]) {
  const { status } = spawnSync('buf', args, { stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}
