import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { projectFolder } from '@lockstep/local-stack/project'

export interface CliResult {
  status: number | null
  /** Standard output as a document, or undefined when it is none. */
  json: unknown
  stdout: string
  stderr: string
}

export interface CliOptions {
  args: readonly string[]
  /** What tells it where the services are. */
  env: NodeJS.ProcessEnv
  /** Standard input, for a token. */
  input?: string | undefined
}

/** Runs the command line as a user does, as a process of its own with --json. */
export async function runCli({ args, env, input }: CliOptions): Promise<CliResult> {
  const bin = join(projectFolder, 'packages', 'cli', 'bin', 'lockstep.mjs')
  const child = spawn(process.execPath, [bin, ...args, '--json'], {
    cwd: projectFolder,
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: 60_000,
  })
  child.stdin.on('error', () => undefined)
  child.stdin.end(input ?? '')
  const output = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk) => (output.stdout += String(chunk)))
  child.stderr.on('data', (chunk) => (output.stderr += String(chunk)))
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('close', resolve)
    child.once('error', reject)
  })
  return { status, json: parsed(output.stdout), ...output }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
