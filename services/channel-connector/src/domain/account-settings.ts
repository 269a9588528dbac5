/** What may be changed of an account's settings. Absent stays as it is, null takes the value away. */
export interface SettingsChange {
  enabled?: boolean
  updateInventory?: boolean
  maxListed?: number | null
  stockPercentage?: number | null
  endWhen?: number | null
  defaultLeadTimeDays?: number | null
  channelSpecificStock?: boolean
  despatchNotes?: boolean
}

/** The numeric settings as they come from outside: −1 takes the value away. */
export interface GivenNumbers {
  maxListed?: number | undefined
  stockPercentage?: number | undefined
  endWhen?: number | undefined
  defaultLeadTimeDays?: number | undefined
}

/** A number outside its range. */
export interface BadSetting {
  field: string
  value: number
  message: string
}

interface Range {
  field: string
  min: number
  max: number
  unit: string
}

const names = ['maxListed', 'stockPercentage', 'endWhen', 'defaultLeadTimeDays'] as const

const ranges: Record<(typeof names)[number], Range> = {
  maxListed: { field: 'max_listed', min: 0, max: 1_000_000, unit: 'units' },
  stockPercentage: { field: 'stock_percentage', min: 1, max: 100, unit: 'per cent' },
  endWhen: { field: 'end_when', min: 0, max: 1_000_000, unit: 'units' },
  defaultLeadTimeDays: { field: 'default_lead_time_days', min: 1, max: 30, unit: 'days' },
}

/** The numbers as they will be stored, or every one that is out of range. */
export function readNumbers(given: GivenNumbers): { change: SettingsChange } | { bad: BadSetting[] } {
  const change: SettingsChange = {}
  const bad: BadSetting[] = []
  for (const name of names) {
    const value = given[name]
    if (value === undefined) continue
    const { field, min, max, unit } = ranges[name]
    if (value === -1) change[name] = null
    else if (Number.isInteger(value) && value >= min && value <= max) change[name] = value
    else
      bad.push({
        field,
        value,
        message: `${field} ${value} is not a whole number of ${unit} from ${min} to ${max} (−1 takes it away)`,
      })
  }
  return bad.length > 0 ? { bad } : { change }
}

/** Whether a change can alter a number that Amazon is sent. */
export function altersNumbers(change: SettingsChange): boolean {
  const { despatchNotes: _, ...numbers } = change
  return Object.values(numbers).some((value) => value !== undefined)
}
