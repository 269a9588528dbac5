/** Any JSON object. */
export type JsonObject = Record<string, unknown>

/** Reads JSON that this program wrote itself, so that its shape is known. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the one place where a caller names the shape
export const readOwnJson: <Shape>(text: string) => Shape = JSON.parse

/** Whether a value from outside is a JSON object. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A value from outside as it is quoted in messages. */
export function quoted(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? 'undefined')
}
