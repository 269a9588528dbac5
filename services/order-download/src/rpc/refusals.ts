import { generalReasons, orderReasons } from '@lockstep/contracts/reasons'
import { refusal, type RefusalError } from '@lockstep/rpc/refusal'

/** No order has this id. */
export function unknownOrder(value: string): RefusalError {
  return refusal(orderReasons, 'ORDER_UNKNOWN', { message: `there is no order "${value}"`, field: 'order', value })
}

/** Several orders have this id. */
export function ambiguousOrder(value: string, candidates: string[]): RefusalError {
  const message = `"${value}" names ${candidates.length} orders of different sellers`
  return refusal(orderReasons, 'ORDER_AMBIGUOUS', { message, field: 'order', value, candidates })
}

/** No account has this id or name. */
export function unknownAccount(value: string): RefusalError {
  const message = `there is no account "${value}"`
  return refusal(orderReasons, 'ACCOUNT_UNKNOWN', { message, field: 'account_id', value })
}

/** The account is switched off. */
export function disabledAccount(value: string): RefusalError {
  const message = `the account "${value}" is disabled: nothing is fetched for it`
  return refusal(orderReasons, 'ACCOUNT_DISABLED', { message, field: 'account_id', value })
}

/** A field holds what it cannot hold. */
export function invalidField(field: string, value: string, message: string): RefusalError {
  return refusal(generalReasons, 'FIELD_INVALID', { message, field, value })
}
