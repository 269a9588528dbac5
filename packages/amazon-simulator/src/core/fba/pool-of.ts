/** Marketplaces that Amazon serves from one stock and for which it prints one sum. The United Kingdom is none of them. */
const panEuropean = [
  'A1PA6795UKMFR9',
  'A13V1IB3VIYZZH',
  'APJ6JRA9NG5V4',
  'A1RKKUPIHCS9HS',
  'A1805IZSGTT6HS',
  'AMEN7PMS3EDWL',
  'A28R8C7NBKEWEA',
  'A2NODRKZP88ZB9',
  'A1C3SOZRARQ6R3',
]

/** The pool of stock a marketplace sells from: `EU`, or its own. */
export function poolOf(marketplaceId: string): string {
  return panEuropean.includes(marketplaceId) ? 'EU' : marketplaceId
}
