import { userInfo } from 'node:os'

import { runCli } from './run-cli.ts'

// The exit code is set rather than forced, so that a long answer reaches a pipe whole.
process.exitCode = await runCli(process.argv.slice(2), {
  env: process.env,
  user: userInfo().username,
  stdin: process.stdin,
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
})
