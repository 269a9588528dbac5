/** Which pass through which point ends the process. Module state on purpose: a crash point is a fact of the whole process. */
let armed: { name: string; passes: number } | undefined

/**
 * Arms a crash point, once, in main.ts from the environment variable FAILPOINT: `relay.after-publish`, or `relay.after-publish@3` for its third pass.
 * Undefined or empty arms none. Only test and fault-drill runs set it.
 */
export function configureFailpoint(setting: string | undefined): void {
  const [name = '', pass = '1'] = (setting ?? '').split('@')
  const passes = Number(pass)
  if (!Number.isInteger(passes) || passes < 1)
    throw new RangeError(`FAILPOINT: "${setting}" counts no pass: set name or name@number`)
  armed = name === '' ? undefined : { name, passes }
}

/** A named step of the program. Ends the process by SIGKILL when it is the armed one: nothing is flushed, released or rolled back by us. */
export function failpoint(name: string): void {
  if (armed?.name !== name) return
  armed.passes -= 1
  if (armed.passes === 0) process.kill(process.pid, 'SIGKILL')
}
