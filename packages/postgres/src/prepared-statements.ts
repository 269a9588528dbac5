import pg from 'pg'
import { arrayLiteral } from './array-literal.ts'

/** So often a statement is asked by one process before it is prepared: what is asked once, like a migration, never is. */
const askedOften = 20
/** Texts that are counted, and of them those that are prepared. A service has some hundred; texts that are put together anew each time must not pile up. */
const mostCounted = 2_000
const mostPrepared = 250

/** The columns of such a result follow the table's: after a migration a plan made before it would be refused. */
const followsTable = /^\s*select \* from "|returning \*/

/**
 * Which statements of a process are prepared. A prepared statement is parsed once per connection, and planned once when a plan without the values is
 * as good; for the wide statements that save many rows at once planning takes longer than doing.
 */
export class PreparedStatements {
  readonly #asked = new Map<string, number>()
  readonly #names = new Map<string, string>()
  readonly #outdated = new WeakSet<pg.PoolClient>()

  /** The name a statement is prepared under; undefined while it is asked too seldom. */
  nameOf(text: string): string | undefined {
    const name = this.#names.get(text)
    if (name !== undefined) return name
    const asked = (this.#asked.get(text) ?? 0) + 1
    if (asked > askedOften && this.#names.size < mostPrepared && !followsTable.test(text)) {
      this.#asked.delete(text)
      const given = `often_${this.#names.size + 1}`
      this.#names.set(text, given)
      return given
    }
    if (asked > 1 || this.#asked.size < mostCounted) this.#asked.set(text, asked)
    return undefined
  }

  /** Makes a new connection of a pool ask what is asked often by name. */
  useIn(client: pg.PoolClient): void {
    const ask = client.query.bind(client)
    const askByName = async (text: string, given: unknown[]): Promise<pg.QueryResult> => {
      const values = given.map((value) => arrayLiteral(value) ?? value)
      const name = this.nameOf(text)
      if (name === undefined) return ask(text, values)
      try {
        return await ask({ name, text, values })
      } catch (error) {
        if (isOutdatedPlan(error)) this.#outdated.add(client)
        throw error
      }
    }
    const query = (text: unknown, ...rest: unknown[]): unknown => {
      const [values] = rest
      const isPlain = typeof text === 'string' && Array.isArray(values) && rest.length === 1
      return isPlain ? askByName(text, values) : Reflect.apply(ask, undefined, [text, ...rest])
    }
    Object.assign(client, { query })
  }

  /** Makes the pool close a connection that it gave out, instead of taking it back, when a migration has made one of its plans invalid. */
  closeOutdated(client: pg.PoolClient): void {
    const release = client.release.bind(client)
    Object.assign(client, {
      release: (error?: Error | boolean) => release(this.#outdated.has(client) || error),
    })
  }
}

function isOutdatedPlan(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === '0A000' && error.message.includes('cached plan')
}
