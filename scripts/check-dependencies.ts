/**
 * Checks which way imports point, by the rules in .dependency-cruiser.cjs, in the folder it is started in.
 * Fails as well when nothing was read: without a compiler at hand dependency-cruiser passes over every file in silence.
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

const root = join(import.meta.dirname, '..')

const Report = z.object({
  summary: z.object({
    totalCruised: z.number(),
    violations: z.array(
      z.object({ from: z.string(), to: z.string(), rule: z.object({ name: z.string(), severity: z.string() }) }),
    ),
  }),
})

const folders = ['packages', 'services', 'bench', 'e2e', 'k8s', 'scripts'].filter((folder) => existsSync(folder))
const { stdout, stderr, error } = spawnSync(
  join(root, 'node_modules', '.bin', 'depcruise'),
  ['--config', join(root, '.dependency-cruiser.cjs'), '--no-progress', '--output-type=json', ...folders],
  { encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 },
)
if (!stdout) throw new Error(`dependency-cruiser gave no report: ${stderr || String(error)}`)
const { summary } = Report.parse(JSON.parse(stdout))
for (const { from, to, rule } of summary.violations) console.log(`${rule.name}: ${from} → ${to}`)
if (summary.totalCruised === 0) console.log('no module was read: is @swc/core installed?')
else console.log(`${summary.totalCruised} modules, ${summary.violations.length} forbidden imports`)
process.exitCode = summary.totalCruised === 0 || summary.violations.length > 0 ? 1 : 0
