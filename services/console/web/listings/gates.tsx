import { Text } from '@mantine/core'
import { IconCircleCheckFilled, IconLockFilled } from '@tabler/icons-react'

import type { GateAnswer } from '../../src/wire/explanation.ts'
import { gateLabel } from '../words/gates.ts'
import classes from './gates.module.css'

/** Every gate that must be open before anything is sent. */
export function Gates({ gates }: { gates: readonly GateAnswer[] }) {
  return (
    <ul className={classes['gates']}>
      {gates.map(({ gate, open, detail }) => {
        const Icon = open ? IconCircleCheckFilled : IconLockFilled
        return (
          <li key={gate} data-open={open}>
            <Icon size={15} aria-hidden />
            <span>
              {gateLabel(gate)}{' '}
              <Text component="span" size="xs" {...(open && { c: 'dimmed' })} fw={open ? 400 : 600}>
                {open ? 'open' : 'closed'}
                {detail && `: ${detail}`}
              </Text>
            </span>
          </li>
        )
      })}
    </ul>
  )
}
