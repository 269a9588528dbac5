/** Text that is already HTML. */
export interface Html {
  readonly html: string
}

/** Builds HTML; every value is escaped unless it is HTML itself. Lists are joined. */
export function html(parts: TemplateStringsArray, ...values: unknown[]): Html {
  return { html: parts.reduce((text, part, i) => `${text}${i > 0 ? render(values[i - 1]) : ''}${part}`, '') }
}

function render(value: unknown): string {
  if (Array.isArray(value)) return value.map(render).join('')
  if (isHtml(value)) return value.html
  return typeof value === 'string' || typeof value === 'number' ? escapeHtml(String(value)) : ''
}

function isHtml(value: unknown): value is Html {
  return typeof value === 'object' && value !== null && 'html' in value && typeof value.html === 'string'
}

/** Makes text safe between tags and in quoted attributes. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}
