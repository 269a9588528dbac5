/** What may be changed of an account's settings. Absent stays as it is, null takes the value away. */
export interface SettingsChange {
  enabled?: boolean
  updateInventory?: boolean
  maxListed?: number | null
  stockPercentage?: number | null
  endWhen?: number | null
  defaultLeadTimeDays?: number | null
  /** Each item brings its own lead time. */
  productLeadTimes?: boolean
  channelSpecificStock?: boolean
  despatchNotes?: boolean
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

const ranges = {
  maxListed: { field: 'max_listed', min: 0, max: 1_000_000, unit: 'units' },
  stockPercentage: { field: 'stock_percentage', min: 0, max: 100, unit: 'per cent' },
  endWhen: { field: 'end_when', min: 0, max: 1_000_000, unit: 'units' },
  defaultLeadTimeDays: { field: 'default_lead_time_days', min: 1, max: 30, unit: 'days' },
  leadTimeDays: { field: 'lead_time_days', min: 1, max: 30, unit: 'days' },
} as const satisfies Record<string, Range>

/** A numeric setting, of an account or of a listing. */
export type NumberName = keyof typeof ranges

/** The numbers as they will be stored, or every one that is out of range. */
export function readNumbers<Name extends NumberName>(given: { [K in Name]?: number | undefined }):
  | { change: { [K in Name]?: number | null } }
  | { bad: BadSetting[] } {
  const change: { [K in Name]?: number | null } = {}
  const bad: BadSetting[] = []
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the names are those of the type
  for (const name of (Object.keys(ranges) as Name[]).filter((one) => given[one] !== undefined)) {
    const value = given[name] ?? 0
    const { field, min, max, unit } = ranges[name]
    if (value === -1) change[name] = null
    else if (Number.isInteger(value) && value >= min && value <= max) change[name] = value
    else
      bad.push({
        field,
        value,
        message: `${field} ${value} is not a whole number of ${unit} from ${min} to ${max}`,
      })
  }
  return bad.length > 0 ? { bad } : { change }
}

/** Whether a change can alter a number that Amazon is sent. */
export function altersNumbers(change: SettingsChange): boolean {
  const { despatchNotes: _, ...numbers } = change
  return Object.values(numbers).some((value) => value !== undefined)
}
