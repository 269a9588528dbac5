import type { SendingDetails } from '../../src/wire/explanation.ts'
import { Fact, Facts } from '../parts/facts.tsx'
import { Instant } from '../parts/instant.tsx'
import { laneText } from '../words/lanes.ts'
import { reasonText } from '../words/reasons.ts'
import classes from './sending-facts.module.css'

/** What else is known of the write: its lane, what holds it back, and Amazon's words. */
export function SendingFacts({ sending }: { sending: SendingDetails }) {
  const { lane, notBefore, blockedBy, submissionId, refusal } = sending
  if ([lane, notBefore, blockedBy, submissionId, refusal].every((fact) => fact === null)) return null
  return (
    <div className={classes['sending']}>
      <Facts>
        {lane && <Fact label="Lane">{laneText(lane)}</Fact>}
        {blockedBy && <Fact label="Held back">{reasonText(blockedBy)}</Fact>}
        {notBefore && (
          <Fact label="Not before">
            <Instant at={notBefore} />
          </Fact>
        )}
        {submissionId && (
          <Fact label="Last submission">
            <span className="mono">{submissionId}</span>
          </Fact>
        )}
        {refusal && <Fact label="Amazon’s words">{refusal}</Fact>}
      </Facts>
    </div>
  )
}
