import { expect } from '@jest/globals'
import type { Answer, Stage } from './open-stage.ts'

/** Expects a refusal as the user meets it: exit code 1, nothing on standard output, and on standard error the code, the value and what to do next. */
export function expectRefusal(answer: Answer, { code, value }: { code: string; value?: string }): void {
  expect(answer).toMatchObject({ status: 1, json: undefined })
  const { error } = JSON.parse(answer.stderr) as { error: { next_step: string; value: string | null } }
  expect(error).toMatchObject({ code, message: expect.stringMatching(/\S/), next_step: expect.stringMatching(/\S/) })
  if (value !== undefined) expect(error.value).toBe(value)
}

/** Expects these totals of an item. */
export async function expectStock(
  stage: Stage,
  item: string,
  totals: { on_hand: number; reserved: number; held?: number; available: number },
): Promise<void> {
  expect(await stage.lockstep('stock', 'show', item)).toMatchObject({ status: 0, json: { totals } })
}
