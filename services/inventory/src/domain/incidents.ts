/**
 * What a person should look at.
 * `oversell`: more is promised than is there. `shortfall`: more has left the shelf than was on it. Both end when the units are there again.
 * `unbalanced`: a level that its ledger or its claims do not explain; ends when they do.
 * `cancelled_after_despatch`: an order was cancelled whose goods had left. Nothing says whether they come back, so a person ends it.
 */
export type IncidentKind = 'oversell' | 'shortfall' | 'unbalanced' | 'cancelled_after_despatch'

export const incidentKinds: readonly IncidentKind[] = [
  'oversell',
  'shortfall',
  'unbalanced',
  'cancelled_after_despatch',
]

/** Whether people end incidents of this kind; the others end with what they are about. */
export const isEndedByPeople = (kind: IncidentKind): boolean => kind === 'cancelled_after_despatch'
