/** Renders every overlay into k8s/rendered: run it after a change of the manifests and commit what it writes. */
import { writeFileSync } from 'node:fs'
import { render, renderedFile, renderings } from './rendered.ts'

for (const name of renderings) {
  writeFileSync(renderedFile(name), render(name))
  process.stdout.write(`${renderedFile(name)}\n`)
}
