import { simulatorControl } from '@lockstep/amazon-simulator/control-client'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { demoScenario } from './demo-scenario.ts'
import { loadScenario, type LoadOptions } from './load-scenario.ts'
import type { Stack } from './stack.ts'

/**
 * Sets the simulator's quick speeds and loads the demo, once per home: a later start finds it noted there and touches nothing,
 * whatever the user has made of it since.
 */
export async function loadDemo(stack: Stack, home: string, options: LoadOptions): Promise<void> {
  // One of the demo's SKUs holds a character that Amazon's older report charset cannot spell.
  await simulatorControl(stack.simulatorUrl).changeSettings({ profile: 'demo', reportCharset: 'UTF-8' })
  const note = join(home, 'demo-loaded')
  if (existsSync(note)) return
  options.say('loading the demo')
  await loadScenario(stack, demoScenario, options)
  writeFileSync(note, `${new Date().toISOString()}\n`)
  options.say('the demo is loaded')
}
