const labels: Readonly<Record<string, string>> = {
  account_enabled: 'Account on',
  update_inventory: 'Update inventory on',
  linked: 'Linked to an item',
  not_fba: 'Not fulfilled by Amazon',
  not_ignored: 'Not ignored',
  locations_mapped: 'Locations mapped',
  stock_known: 'Stock known',
  orders_current: 'Orders current',
  not_paused: 'Not paused',
}

/** What a gate asks for. */
export const gateLabel = (gate: string): string => labels[gate] ?? gate.replaceAll('_', ' ')
