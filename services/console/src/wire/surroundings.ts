/** What the page should know of where it runs. */
export interface Surroundings {
  /** Where the simulator that plays Amazon shows itself; null when Amazon is real. */
  readonly simulatorUrl: string | null
  /** Who acts through this console, as audit trails name them; not verified. */
  readonly actor: string
}
