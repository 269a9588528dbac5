export type LocationKind = 'own' | 'third_party' | 'fba'

export interface Item {
  id: string
  sku: string
  title: string
  kit: boolean
  createdAt: Date
}

export interface Location {
  id: string
  name: string
  kind: LocationKind
  isDefault: boolean
}

/** One item in one location. */
export interface StockPlace {
  itemId: string
  locationId: string
}

/** What is in one place. `available` is on-hand less reserved less held; each of its changes has a version of its own. */
export interface StockLevel extends StockPlace {
  locationName: string
  locationKind: LocationKind
  onHand: number
  reserved: number
  held: number
  available: number
  version: number
  figureAt: Date | null
}

/** Why a level moved, as the ledger and the events call it. */
export type MoveKind =
  | 'item_created'
  | 'location_created'
  | 'stock_set'
  | 'stock_adjusted'
  | 'stock_received'
  | 'stock_returned'
  | 'stock_corrected'
  | 'reserved'
  | 'released'
  | 'order_reserved'
  | 'order_cancelled'
  | 'despatched'
  | 'shipped_outside'
  | 'kit_changed'
  | 'kit_component_changed'
  | 'held'
  | 'hold_moved'
  | 'hold_explained'
  | 'hold_drifted'
  | 'order_moved'
  | 'transfer_sent'
  | 'transfer_received'
  | 'transfer_cancelled'
  | 'fba_level_changed'
  | 'third_party_reported'

/** What led to a move: our id of it, who did it, and a word from them. */
export interface CauseDetail {
  reference: string
  actor: string
  note: string
}

export interface Cause extends CauseDetail {
  kind: MoveKind
}

/** A change of one level. `onHandTo` sets on-hand whatever it was; otherwise it moves by `onHandBy`. */
export interface StockMove extends StockPlace {
  kind: MoveKind
  onHandTo?: number
  onHandBy?: number
  reservedBy?: number
  /** What these holds keep back from now on; null ends one. The level's other holds stay. */
  holds?: Readonly<Record<string, number | null>>
}

export const placeKey = (place: StockPlace): string => `${place.itemId} ${place.locationId}`

/** More is promised than is there. */
export const isOversold = (level: { available: number }): boolean => level.available < 0
