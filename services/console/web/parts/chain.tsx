import { VisuallyHidden } from '@mantine/core'
import {
  IconAlertTriangleFilled,
  IconCircleCheckFilled,
  IconCircleDashed,
  IconEqual,
  IconLoader2,
} from '@tabler/icons-react'

import type { ChainStage, ChainStageState } from '../../src/domain/chain-stages.ts'
import { stageStateWords, stageWords } from '../words/chain.ts'
import { reasonText } from '../words/reasons.ts'
import classes from './chain.module.css'
import { Instant } from './instant.tsx'

const icons = {
  done: IconCircleCheckFilled,
  now: IconLoader2,
  ahead: IconCircleDashed,
  unneeded: IconEqual,
  stopped: IconAlertTriangleFilled,
} satisfies Record<ChainStageState, unknown>

/** What stands in the place of a time. */
function shortWord({ name, state }: ChainStage): string {
  if (state === 'unneeded') return name === 'seen' ? 'already' : 'not sent'
  if (state === 'stopped') return 'stopped'
  return state === 'now' ? 'under way' : ''
}

/** The way of a number as a row of stages: each has its name, number and time, and a sign for how far it has come. */
export function Chain({ stages, label }: { stages: readonly ChainStage[]; label: string }) {
  return (
    <ol className={classes['chain']} aria-label={label}>
      {stages.map((stage) => (
        <Stage key={stage.name} stage={stage} />
      ))}
    </ol>
  )
}

function Stage({ stage }: { stage: ChainStage }) {
  const { name, state, quantity, at, note } = stage
  const { label, meaning } = stageWords[name]
  const Icon = icons[state]
  const noted = note === null ? '' : `\n${reasonText(note)}`
  return (
    <li
      className={classes['stage']}
      data-stage={name}
      data-state={state}
      title={`${label}: ${meaning}\n${stageStateWords[state]}${noted}`}
    >
      <span className={classes['label']}>{label}</span>
      <span className={classes['number']}>
        {quantity ?? '–'}
        <Icon size={14} aria-hidden className={classes['icon'] ?? ''} />
      </span>
      <span className={classes['time']}>{at === null ? shortWord(stage) : <Instant at={at} />}</span>
      <VisuallyHidden>
        {stageStateWords[state]}
        {note === null ? '' : `: ${reasonText(note)}`}
      </VisuallyHidden>
    </li>
  )
}
