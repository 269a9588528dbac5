import { Anchor } from '@mantine/core'
import { Link } from '@tanstack/react-router'

import type { CauseAnswer } from '../../src/wire/explanation.ts'
import { causeText } from '../words/causes.ts'

/** Why something happened: an order leads to its page. */
export function Cause({ cause }: { cause: CauseAnswer }) {
  const { reference, actor, note } = cause
  return (
    <span title={reference ?? undefined}>
      {reference?.startsWith('ord_') ? (
        <Anchor renderRoot={(props) => <Link to="/orders/$order" params={{ order: reference }} {...props} />} inherit>
          {causeText(cause)}
        </Anchor>
      ) : (
        causeText(cause)
      )}
      {note && <> “{note}”</>}
      {actor && <> by {actor}</>}
    </span>
  )
}
