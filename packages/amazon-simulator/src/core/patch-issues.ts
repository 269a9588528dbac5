/** An issue of a listings submission. Only ERROR makes the submission INVALID. */
export interface ListingIssue {
  code: string
  message: string
  severity: 'ERROR' | 'WARNING' | 'INFO'
  attributeNames: string[]
  categories: string[]
}

/** A value Amazon does not take for an attribute. */
export function invalidAttribute(attribute: string, message: string): ListingIssue {
  return { code: '4000001', message, severity: 'ERROR', attributeNames: [attribute], categories: ['INVALID_ATTRIBUTE'] }
}

/** A part of an attribute Amazon asks for. */
export function missingAttribute(attribute: string, part: string): ListingIssue {
  const message = `'${part}' is required but not supplied.`
  return { code: '90220', message, severity: 'ERROR', attributeNames: [attribute], categories: ['MISSING_ATTRIBUTE'] }
}
