import { batchSizeProblem, onHandProblem } from '../domain/quantities.ts'
import { lineRefused, refused, type Refused } from '../domain/refusal.ts'
import { placeKey } from '../domain/stock.ts'
import { levelsOfPlaces } from '../store/levels.ts'
import { findPlaces, type FoundPlace, type NamedPlace } from './find-places.ts'
import { mostBatchLines } from './set-stock.ts'
import type { CommandDeps } from './stock-transaction.ts'
import { judgedLines, type StockLinesResult } from './write-stock-lines.ts'

/** What setting on-hand to these numbers would meet: each level as it is, or why its line would be refused. Nothing is written. */
export async function previewStock(
  { db }: Pick<CommandDeps, 'db'>,
  lines: readonly (NamedPlace & { onHand: bigint })[],
): Promise<StockLinesResult | Refused> {
  const problem = batchSizeProblem(lines.length, mostBatchLines)
  if (problem) return refused(problem)
  const asked = lines.map((line) => {
    return { ...line, problem: onHandProblem(line.onHand), change: { onHandTo: Number(line.onHand) } }
  })
  const judged = judgedLines(asked, await findPlaces(db, lines))
  const places = judged.flatMap((line) => ('place' in line ? [line.place] : []))
  const levels = new Map((await levelsOfPlaces(db, places)).map((level) => [placeKey(level), level]))
  const levelAt = (place: FoundPlace) => {
    const level = levels.get(placeKey(place))
    if (!level) throw new Error(`item ${place.itemId} has no level in location ${place.locationId}`)
    return level
  }
  const results = judged.map((line) => {
    if ('place' in line) return { level: levelAt(line.place) }
    return { refusal: lineRefused({ index: line.index, item: line.line.item }, line.problem) }
  })
  return { results }
}
