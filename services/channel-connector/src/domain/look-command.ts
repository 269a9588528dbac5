import { type RuleChange, snakeCase } from './rule-change.ts'

const options: Readonly<Record<string, string>> = { default_lead_time_days: 'lead-time', lead_time_days: 'lead-time' }

/** The command that shows what a change would do, as a person types it. */
export function lookCommand(accountName: string, change: RuleChange): string {
  const account = quoted(accountName)
  switch (change.kind) {
    case 'settings': {
      const flags = flagsOf(change.change)
      if (flags === '--update-inventory on') return `lockstep sync dry-run ${account}`
      return `lockstep accounts settings ${account} ${flags} --dry-run`
    }
    case 'locations': {
      const orders = change.orderLocationId === null ? '' : ` --orders ${quoted(change.orderLocationId)}`
      return `lockstep locations map ${account} ${change.locationIds.map(quoted).join(' ')}${orders} --dry-run`
    }
    case 'links': {
      const [first] = change.links
      if (change.links.length > 1) return manyLinks(account, change.links)
      const sku = quoted(first?.channelSku ?? '')
      if (first?.item === null) return `lockstep mapping unlink ${account} ${sku} --dry-run`
      return `lockstep mapping link ${account} ${sku} ${quoted(first?.item.sku ?? '')} --dry-run`
    }
    case 'rules': {
      const [first] = change.rules
      if (!first || change.rules.length > 1) return `lockstep mapping rules ${account} --file <csv> --dry-run`
      return `lockstep mapping rules ${account} ${quoted(first.channelSku)} ${flagsOf(first.change)} --dry-run`
    }
    case 'policy': {
      const owner = change.ownerAccountId === null ? '' : ` --owner ${change.ownerAccountId}`
      return `lockstep conflicts resolve ${account} --policy ${change.policy}${owner}`
    }
    default:
      return change satisfies never
  }
}

function manyLinks(account: string, links: Extract<RuleChange, { kind: 'links' }>['links']): string {
  const isBySku = links.every(({ channelSku, item }) => item?.sku === channelSku)
  return isBySku ? `lockstep mapping link-all ${account}` : `lockstep mapping import ${account} <csv>`
}

function flagsOf(values: object): string {
  return Object.entries(values)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `--${optionOf(snakeCase(name))} ${wordOf(value)}`)
    .join(' ')
}

function optionOf(name: string): string {
  return options[name] ?? name.replaceAll('_', '-')
}

function wordOf(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'on' : 'off'
  return typeof value === 'number' ? String(value) : 'none'
}

/** As a shell reads it as one word. */
export function quoted(text: string): string {
  return /^[\w.:@%+=/-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`
}
