/**
 * Whether a zero that this cause brought about counts for the mass-zero guard: changes that a person makes to many listings at once,
 * by links, imports, mappings or settings. Orders, despatches and counted stock never do, and neither does what a dry run has shown: such a change is
 * the reference of its cause.
 */
export function isGuardedCause(cause: { kind: string; note?: string; reference?: string | null }): boolean {
  if (cause.reference?.startsWith('chg_') === true) return false
  if (cause.kind === 'setting_changed') return !(cause.note ?? '').includes('update_inventory')
  return guarded.test(cause.kind)
}

const guarded = /^(linked|relinked|unlinked|mapping_changed|listings_reported|.*import.*)$/
