import { randomUUID } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'

/** The bytes of files and blocks, each under an id of its own: in a folder where one is given, in memory otherwise. */
export class Contents {
  readonly #folder: string | null
  readonly #held = new Map<string, Buffer>()

  constructor(folder: string | undefined) {
    this.#folder = folder === undefined ? null : path.join(folder, 'data')
    if (this.#folder !== null) mkdirSync(this.#folder, { recursive: true })
  }

  put(bytes: Buffer): string {
    const id = randomUUID()
    if (this.#folder === null) this.#held.set(id, bytes)
    else writeFileSync(path.join(this.#folder, id), bytes, { mode: 0o600 })
    return id
  }

  get(id: string): Buffer {
    if (this.#folder !== null) return readFileSync(path.join(this.#folder, id))
    const bytes = this.#held.get(id)
    if (bytes === undefined) throw new Error(`no content ${id}`)
    return bytes
  }

  drop(id: string): void {
    if (this.#folder === null) this.#held.delete(id)
    else rmSync(path.join(this.#folder, id), { force: true })
  }
}
