/** What an account is called. */
export const accountNameMax = 80

/** The name of an account that was given none: A1DEMO0000EU-UK. */
export function defaultAccountName(sellerId: string, marketplace: string): string {
  return `${sellerId}-${marketplace}`
}

/** Why a name cannot be one, or undefined. Ids are told from names by their prefix, so no name may look like one. */
export function accountNameProblem(name: string): string | undefined {
  if (name.length > accountNameMax) return `the name has ${name.length} characters; at most ${accountNameMax} are kept`
  if (name !== name.trim()) return `the name "${name}" begins or ends with a space`
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(name)) return 'the name holds a control character'
  if (name.startsWith('acc_')) return `the name "${name}" looks like an account id`
  return undefined
}

/** Amazon's seller ids are letters and digits in capitals, such as A1DEMO0000EU. */
export function isSellerId(text: string): boolean {
  return /^[A-Z0-9]{3,32}$/.test(text)
}
