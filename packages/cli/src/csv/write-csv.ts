import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

import { stringify } from 'csv-stringify'

import { UsageError } from '../output.ts'
import { errorCode } from './error-code.ts'
import { guarded } from './formula.ts'

/** Writes rows to a file as they come, the columns' names first, and answers how many there were. No cell of it is a formula to a spreadsheet. */
export async function writeCsv(
  file: { path: string; overwrite: boolean },
  columns: readonly string[],
  rows: AsyncIterable<readonly string[]>,
): Promise<number> {
  let count = 0
  const lines = async function* () {
    yield [...columns]
    for await (const row of rows) {
      count += 1
      yield row.map(guarded)
    }
  }
  try {
    const sink = createWriteStream(file.path, { flags: file.overwrite ? 'w' : 'wx' })
    // A byte order mark, without which spreadsheets take the file for their country's old encoding.
    await pipeline(Readable.from(lines()), stringify({ bom: true }), sink)
    return count
  } catch (error) {
    throw unwritable(file.path, error)
  }
}

function unwritable(path: string, error: unknown): unknown {
  const code = errorCode(error)
  if (code === 'EEXIST') return new UsageError(`"${path}" is there already: give another name, or --overwrite`)
  if (code === 'ENOENT' || code === 'EACCES' || code === 'EISDIR')
    return new UsageError(`"${path}" cannot be written: ${code}`)
  return error
}
