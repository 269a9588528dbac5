import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const file = join(import.meta.dirname, '..', '..', 'deploy', 'images', 'Dockerfile')

/** One line of a stage, such as `RUN` and `turbo prune …`. */
export interface Instruction {
  keyword: string
  text: string
}

/** A stage of the Dockerfile: what it builds on and what it does. */
export interface Stage {
  name: string
  from: string
  instructions: Instruction[]
}

/** The stages of deploy/images/Dockerfile, in order. The last one has no name. */
export function readStages(): Stage[] {
  const lines = readFileSync(file, 'utf8')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
  const stages: Stage[] = []
  for (const line of lines) {
    const [, keyword = '', text = ''] = /^(\w+)\s+(.*)$/.exec(line) ?? []
    const [, from = '', name = ''] = /^(\S+)(?:\s+AS\s+(\S+))?$/.exec(text) ?? []
    if (keyword === 'FROM') stages.push({ name, from, instructions: [] })
    else stages.at(-1)?.instructions.push({ keyword, text })
  }
  return stages
}

/** The stage with this name. Throws when there is none. */
export function stageNamed(name: string): Stage {
  const stage = readStages().find((each) => each.name === name)
  if (!stage) throw new Error(`${file} has no stage ${name}`)
  return stage
}
