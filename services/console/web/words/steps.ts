const labels: Readonly<Record<string, string>> = {
  sum_available: 'Available over all mapped locations',
  less_unseen: 'Less units sold on Amazon without an order yet',
  end_when: 'End When',
  stock_percentage: 'Stock Percentage',
  max_listed: 'Max Listed',
  group_policy: 'Policy of the shared SKU',
}

/** What a step of the computation does. */
export const stepLabel = (step: string): string => labels[step] ?? step.replaceAll('_', ' ')
