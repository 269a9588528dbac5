import type { Refused } from '../../src/wire/error.ts'

/** The services name their next steps for the command line; a form says them in its own terms. */
const inForms: Readonly<Record<string, string>> = {
  CARRIER_MISSING: 'choose the carrier',
  CARRIER_NAME_MISSING: 'give the name of the carrier',
  TRACKING_MISSING: 'give the tracking number',
  IDEMPOTENCY_KEY_REUSED:
    'this form was sent before with other values: look at the despatches below, then reload the page',
}

/** What to do next. */
export const nextStepText = ({ code, next_step: nextStep }: Refused): string => inForms[code] ?? nextStep
