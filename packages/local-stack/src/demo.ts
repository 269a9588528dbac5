import type { Stack } from './stack.ts'

export interface DemoOptions {
  say: (line: string) => void
  giveUp: AbortSignal
}

export async function loadDemo(_stack: Stack, { say }: DemoOptions): Promise<void> {
  say('the demo is loaded')
}
